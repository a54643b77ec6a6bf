import type { Journal } from '../../../shared/journal/journal.ts';
import type { Attempt } from '../../../shared/journal/records.ts';
import type { Member } from './member.ts';

/** How long the steps of a killed worker stood still: from its death to the next attempt of each step that it lost, milliseconds. */
export interface Recoveries {
  readonly all: readonly number[];
  /**
   * Of these, where the station was not hit again within `undisturbedMs` before or after: a step cannot go on at a station all of
   * whose workers are down.
   */
  readonly undisturbed: readonly number[];
}

export async function recoveryTimes(
  journal: Journal,
  workers: readonly Member[],
  undisturbedMs: number,
): Promise<Recoveries> {
  const deaths = workers.flatMap(({ name, deaths: of }) =>
    of.map(({ pid, at }) => ({ pid, at, station: name.replace(/-\d+$/, '') })),
  );
  const isUndisturbed = (death: (typeof deaths)[number]): boolean =>
    deaths.every(
      (other) => other === death || other.station !== death.station || Math.abs(other.at - death.at) > undisturbedMs,
    );
  const byPid = new Map(deaths.map((death) => [death.pid, { at: death.at, isUndisturbed: isUndisturbed(death) }]));
  const all: number[] = [];
  const undisturbed: number[] = [];
  for await (const { attempts, snapshots } of journal.scanHistories()) {
    const deciders = new Set(snapshots.map(({ step, attempt }) => `${step}/${attempt}`));
    for (const [index, attempt] of attempts.entries()) {
      const next = attempts[index + 1];
      if (attempt.fate !== undefined || deciders.has(`${attempt.step}/${attempt.attempt}`)) continue;
      const death = byPid.get(pidOf(attempt));
      if (next?.step !== attempt.step || death === undefined) continue;
      all.push(next.at.getTime() - death.at);
      if (death.isUndisturbed) undisturbed.push(next.at.getTime() - death.at);
    }
  }
  return { all, undisturbed };
}

/** A worker's name is made of its host, its process id and something random. */
export const pidOf = ({ worker }: Pick<Attempt, 'worker'>): number => Number(worker.split('-').at(-2));
