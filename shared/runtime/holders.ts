import type { DecidedStep } from '../journal/journal.ts';
import type { Attempt } from '../journal/records.ts';

/** What is read of a workflow to see who performs a step of it. */
interface Performance {
  readonly attempts: readonly Attempt[];
  readonly snapshots: readonly Pick<DecidedStep, 'step' | 'attempt'>[];
}

/** The attempts of a workflow that are held, unless their workers are dead. While one of these lives, a step is being performed. */
export const heldAttempts = ({ attempts, snapshots }: Performance): readonly Attempt[] =>
  attempts.filter(
    ({ fate, step, attempt }) =>
      fate === undefined && snapshots.find((snapshot) => snapshot.step === step)?.attempt !== attempt,
  );

/** The workers that hold an attempt of a workflow, unless they are dead. */
export const holdersOf = (performance: Performance): ReadonlySet<string> =>
  new Set(heldAttempts(performance).map(({ worker }) => worker));
