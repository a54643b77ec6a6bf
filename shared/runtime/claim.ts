import type { Envelope } from '../contract/envelope.ts';
import { LIMITS } from '../core/limits.ts';
import type { Attempt, Snapshot } from '../journal/records.ts';
import { newAttempt } from './attempts.ts';
import { type Disposition, inspect } from './inspection.ts';
import { untilKnown } from './right-to-act.ts';
import type { StationContext } from './station-context.ts';
import { readStep, tally } from './step-view.ts';
import type { Visit } from './visit.ts';

/** The step is this process's to perform. Only `claim` makes one, and only one of these can be performed. */
export interface Claimed {
  readonly kind: 'claimed';
  readonly envelope: Envelope;
  readonly attempt: Attempt;
}

/** When an attempt that was withheld is followed by the next: an open request for cancellation lives for a second or two. */
export const WITHHELD_MS = 1_000;

/** Not performed, because a request to cancel the workflow is known and not answered yet. */
export type StoodBack =
  /** journal.md A0: nothing was inserted; the same message comes back. */
  | { readonly kind: 'cancelling' }
  /** journal.md A3: the attempt is settled as `withheld`; the next one follows later. */
  | { readonly kind: 'withheld' };

/**
 * Claims the step: inserting the attempt is the claim. A duplicate means that somebody has it, or had it, and `inspect`
 * finds out what became of it.
 *
 * A request for cancellation is looked for in the process's own copy, after the insert was acknowledged: when all workers list
 * the request, whoever inserts later withholds, and whoever inserted before is found by the steward. Looking only before the insert
 * is not enough. What undoes a step is not held up by any request.
 */
export async function claim(context: StationContext, visit: Visit): Promise<Claimed | Disposition | StoodBack> {
  const { envelope } = visit;
  const hasOpenRequest = (): boolean => envelope.kind === 'run' && context.intents.isOpenFor(envelope.workflowId);
  // Else attempts would grow for as long as the request is open. The first is inserted all the same: it makes the step visible.
  if (envelope.attempt > 1 && hasOpenRequest()) return { kind: 'cancelling' };
  const attempt: Attempt = { ...newAttempt(context, envelope), ...(visit.alone ? { alone: true } : {}) };
  await context.pause('claiming', envelope);
  const inserted = await untilKnown(() => context.line.writes.insertAttempt(attempt), context.right);
  if (inserted === 'duplicate') return inspect(context, envelope);
  context.held.set(attempt._id, attempt);
  await context.pause('claimed', envelope);
  const isCancelling = hasOpenRequest();
  // A late result of an earlier attempt may have decided the step between this message's sending and its claim.
  if ((isCancelling || envelope.attempt > 1) && (await readDecision(context, envelope))) {
    await context.settle(attempt, { fate: 'void' });
    context.held.delete(attempt._id);
    return inspect(context, envelope);
  }
  return isCancelling ? withhold(context, attempt) : { kind: 'claimed', envelope, attempt };
}

/** The fate first, and only then the next attempt's message: unsettled, it would hold up the cancellation that it waits for. */
async function withhold(context: StationContext, attempt: Attempt): Promise<Disposition | StoodBack> {
  const dueAt = new Date(context.line.clock.now() + WITHHELD_MS);
  const stands = await context.settle(attempt, { fate: 'withheld', dueAt });
  context.held.delete(attempt._id);
  await context.pause('withheld', attempt);
  return stands === 'withheld' ? { kind: 'withheld' } : inspect(context, attempt);
}

/**
 * Whether the step has lost so many attempts that it is performed alone, whatever became of those after them. Only a late
 * attempt can stand behind so many losses: the others are spared the reading.
 */
export async function mustBeAlone(context: StationContext, envelope: Envelope): Promise<boolean> {
  const before = envelope.attempt - 1;
  if (before < LIMITS.lossesBeforeAlone) return false;
  return tally(await readStep(context, envelope), before).losses >= LIMITS.lossesBeforeAlone;
}

const readDecision = (context: StationContext, { workflowId, step }: Envelope): Promise<Snapshot | null> =>
  untilKnown(() => context.line.journal.readSnapshot(workflowId, step), context.right);
