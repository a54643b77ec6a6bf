import type { StepView } from '../journal/journal.ts';
import type { Attempt } from '../journal/records.ts';
import type { Acting } from './acting.ts';
import { untilKnown } from './right-to-act.ts';

/** What the attempts of a step add up to. Counting begins anew after an operator's attempt. */
export interface Tally {
  /** Attempts that failed: what the retry policy's budget has spent. */
  readonly failures: number;
  /** Attempts whose holder died with them. */
  readonly losses: number;
}

/**
 * Adds up the attempts of a step up to number `upTo`. An attempt without a fate counts as lost: its successor exists, or
 * its holder was just judged, so its holder is dead.
 */
export function tally(view: StepView, upTo: number): Tally {
  let failures = 0;
  let losses = 0;
  for (const attempt of view.attempts) {
    if (attempt.attempt > upTo) break;
    if (attempt.kind === 'operator') {
      failures = 0;
      losses = 0;
    } else if (attempt.fate === 'failed') failures += 1;
    else if (attempt.fate === undefined) losses += 1;
  }
  return { failures, losses };
}

/** A step as the journal has it now. */
export const readStep = (
  { line, right }: Acting,
  { workflowId, step }: Pick<Attempt, 'workflowId' | 'step'>,
): Promise<StepView> => untilKnown(() => line.journal.readStep(workflowId, step), right);

export const findAttempt = (view: StepView, attempt: number): Attempt | undefined =>
  view.attempts.find((candidate) => candidate.attempt === attempt);
