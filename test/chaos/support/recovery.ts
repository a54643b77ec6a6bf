import type { Journal } from '../../../shared/journal/journal.ts';
import type { Attempt } from '../../../shared/journal/records.ts';
import type { Member } from './member.ts';

/** For each attempt that was lost with its worker: from the worker's death to the next attempt of the step, milliseconds. */
export async function recoveryTimes(journal: Journal, workers: readonly Member[]): Promise<number[]> {
  const diedAt = new Map(workers.flatMap(({ deaths }) => deaths.map(({ pid, at }) => [pid, at] as const)));
  const times: number[] = [];
  for await (const { attempts, snapshots } of journal.scanHistories()) {
    const deciders = new Set(snapshots.map(({ step, attempt }) => `${step}/${attempt}`));
    for (const [index, attempt] of attempts.entries()) {
      const next = attempts[index + 1];
      if (attempt.fate !== undefined || deciders.has(`${attempt.step}/${attempt.attempt}`)) continue;
      if (next?.step !== attempt.step) continue;
      const death = diedAt.get(pidOf(attempt));
      if (death !== undefined) times.push(next.at.getTime() - death);
    }
  }
  return times;
}

/** A worker's name is made of its host, its process id and something random. */
const pidOf = ({ worker }: Attempt): number => Number(worker.split('-').at(-2));
