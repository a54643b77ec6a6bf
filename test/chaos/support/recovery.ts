import type { Journal } from '../../../shared/journal/journal.ts';
import type { Attempt, WorkflowHistory } from '../../../shared/journal/records.ts';
import type { Member } from './member.ts';

/** A step of a killed worker that went on. */
export interface Recovery {
  /** From the worker's death to the next attempt of the step, milliseconds. */
  readonly tookMs: number;
  /**
   * The longest that any step stood in the station's queue meanwhile. A lost step stands there twice: when the broker delivers its message
   * again, and when that comes back by the ladder because its holder could not be judged yet.
   */
  readonly queueMs: number;
  /** Whether the station had another worker ready all the time: without one, no step can go on. */
  readonly isStaffed: boolean;
}

/** A step's first attempt: how long its message stood in the queue. */
interface Passage {
  readonly action: string;
  readonly from: number;
  readonly to: number;
}

export async function recoveries(journal: Journal, workers: readonly Member[]): Promise<readonly Recovery[]> {
  const byPid = new Map(
    workers.flatMap((worker) =>
      worker.deaths.map(({ pid, at }) => {
        const lives = workers.filter((other) => stationOf(other) === stationOf(worker)).flatMap((other) => other.lives);
        return [pid, { at, lives }];
      }),
    ),
  );
  const lost: { readonly action: string; readonly holder: number; readonly nextAt: number }[] = [];
  const passages: Passage[] = [];
  for await (const history of journal.scanHistories()) {
    const { attempts, snapshots } = history;
    passages.push(...passagesOf(history));
    const deciders = new Set(snapshots.map(({ step, attempt }) => `${step}/${attempt}`));
    for (const [index, attempt] of attempts.entries()) {
      const next = attempts[index + 1];
      if (attempt.fate !== undefined || deciders.has(`${attempt.step}/${attempt.attempt}`)) continue;
      if (next?.step !== attempt.step) continue;
      lost.push({ action: attempt.action, holder: pidOf(attempt), nextAt: next.at.getTime() });
    }
  }
  return lost.flatMap(({ action, holder, nextAt }) => {
    const death = byPid.get(holder);
    if (death === undefined) return [];
    const meanwhile = passages.filter(
      (passed) => passed.action === action && passed.from < nextAt && passed.to > death.at,
    );
    return [
      {
        tookMs: nextAt - death.at,
        queueMs: Math.max(0, ...meanwhile.map(({ from, to }) => to - from)),
        isStaffed: areStaffed(death.lives, death.at, nextAt),
      },
    ];
  });
}

function passagesOf({ head, attempts, snapshots }: WorkflowHistory): readonly Passage[] {
  const handedOnAt = new Map(snapshots.map(({ step, at }) => [step + 1, at]));
  return attempts.flatMap(({ step, attempt, action, at }) => {
    const from = step === 1 ? head.startedAt : handedOnAt.get(step);
    return attempt === 1 && from ? [{ action, from: from.getTime(), to: at.getTime() }] : [];
  });
}

/** The action that a worker of the fleet hosts. */
export const stationOf = ({ name }: Member): string => name.replace(/-\d+$/, '');

/** Whether one of these was ready at every moment of a time. */
function areStaffed(lives: Member['lives'], from: number, to: number): boolean {
  let until = from;
  for (const { readyAt, diedAt = Number.POSITIVE_INFINITY } of lives.toSorted((a, b) => a.readyAt - b.readyAt)) {
    if (readyAt <= until && diedAt > until) until = diedAt;
  }
  return until >= to;
}

/** A worker's name is made of its host, its process id and something random. */
export const pidOf = ({ worker }: Pick<Attempt, 'worker'>): number => Number(worker.split('-').at(-2));
