import type { StepKey, StepView } from '../journal/journal.ts';
import type { Attempt, Snapshot } from '../journal/records.ts';
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

/**
 * A decision that the reader was told of, or that it thinks there is. Only where it is not found is it looked for so that nothing can be
 * missed, which costs as much as two writes: null is certain.
 */
export async function findDecision({ line, right }: Acting, step: StepKey): Promise<Snapshot | null> {
  const found = await untilKnown(() => line.reads.snapshot(step), right);
  return found ?? untilKnown(() => line.journal.readSnapshot(step.workflowId, step.step), right);
}

export const findAttempt = (view: StepView, attempt: number): Attempt | undefined =>
  view.attempts.find((candidate) => candidate.attempt === attempt);
