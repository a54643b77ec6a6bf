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

/**
 * Claims the step: inserting the attempt is the claim. A duplicate means that somebody has it, or had it, and `inspect`
 * finds out what became of it.
 */
export async function claim(context: StationContext, visit: Visit): Promise<Claimed | Disposition> {
  const { envelope } = visit;
  const attempt: Attempt = { ...newAttempt(context, envelope), ...(visit.alone ? { alone: true } : {}) };
  await context.pause('claiming', envelope);
  const inserted = await untilKnown(() => context.line.writes.insertAttempt(attempt), context.right);
  if (inserted === 'duplicate') return inspect(context, envelope);
  context.held.set(attempt._id, attempt);
  await context.pause('claimed', envelope);
  if (envelope.attempt > 1) {
    // A late result of an earlier attempt may have decided the step between this message's sending and its claim.
    const snapshot = await readDecision(context, envelope);
    if (snapshot) {
      await context.settle(attempt, { fate: 'void' });
      context.held.delete(attempt._id);
      return inspect(context, envelope);
    }
  }
  return { kind: 'claimed', envelope, attempt };
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
