import type { Journal } from '../../../shared/journal/journal.ts';
import type { Attempt } from '../../../shared/journal/records.ts';
import type { Member } from './member.ts';

/**
 * For each attempt that was lost with its worker: from the worker's death to the next attempt of the step, milliseconds. Left out are
 * those whose station was hit again within `undisturbedMs` before or after: a step cannot go on at a station all of whose workers are down.
 */
export async function recoveryTimes(
  journal: Journal,
  workers: readonly Member[],
  undisturbedMs: number,
): Promise<number[]> {
  const deaths = workers.flatMap(({ name, deaths: of }) =>
    of.map(({ pid, at }) => ({ pid, at, station: name.replace(/-\d+$/, '') })),
  );
  const undisturbed = new Map(
    deaths
      .filter((death) =>
        deaths.every(
          (other) =>
            other === death || other.station !== death.station || Math.abs(other.at - death.at) > undisturbedMs,
        ),
      )
      .map(({ pid, at }) => [pid, at]),
  );
  const times: number[] = [];
  for await (const { attempts, snapshots } of journal.scanHistories()) {
    const deciders = new Set(snapshots.map(({ step, attempt }) => `${step}/${attempt}`));
    for (const [index, attempt] of attempts.entries()) {
      const next = attempts[index + 1];
      if (attempt.fate !== undefined || deciders.has(`${attempt.step}/${attempt.attempt}`)) continue;
      if (next?.step !== attempt.step) continue;
      const diedAt = undisturbed.get(pidOf(attempt));
      if (diedAt !== undefined) times.push(next.at.getTime() - diedAt);
    }
  }
  return times;
}

/** A worker's name is made of its host, its process id and something random. */
const pidOf = ({ worker }: Attempt): number => Number(worker.split('-').at(-2));
