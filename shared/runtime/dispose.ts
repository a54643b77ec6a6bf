import { doubledMs } from '../core/doubling.ts';
import { describeError, type ErrorCode } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import { retryBack, retryDelayMs } from '../core/retry-policy.ts';
import { unreachable } from '../core/unreachable.ts';
import type { Attempt } from '../journal/records.ts';
import { type StoodBack, WITHHELD_MS } from './claim.ts';
import { nextAttemptEnvelope } from './envelopes.ts';
import { followDecided, followRetry, handOnNext } from './follow-decided.ts';
import { type Disposition, inspect } from './inspection.ts';
import { HEARTBEAT_MS } from './liveness.ts';
import { followPark, parkOf } from './parking.ts';
import type { StationContext } from './station-context.ts';
import { readStep, type Tally } from './step-view.ts';
import type { Visit } from './visit.ts';
import { beginWait } from './wait-begin.ts';

/** Pauses between two looks at an attempt whose holder lives. */
const FIRST_RETURN_MS = 1_000;
const LONGEST_RETURN_MS = 30_000;

/**
 * Acts on what was found instead of a free step. Afterwards the message may be acknowledged, because what it stood for is
 * durable elsewhere: in the journal, or in a copy that the broker confirmed. Or it goes on as the visit that is returned.
 */
export async function dispose(
  context: StationContext,
  visit: Visit,
  found: Disposition | StoodBack,
): Promise<Visit | undefined> {
  const stoodBack = found.kind === 'cancelling' || found.kind === 'withheld';
  if (!stoodBack) context.line.metrics.duplicateDelivery(visit.envelope.action);
  switch (found.kind) {
    case 'cancelling':
      await comeBack(context, visit, 0);
      return undefined;
    case 'withheld':
      await handOnNext(context, visit, visit.envelope.failures, WITHHELD_MS);
      return undefined;
    case 'decided':
      await followDecided(context, visit, found.snapshot, found.moved);
      return undefined;
    case 'overtaken':
      return goOnAsLast(visit, found.by, found.failures);
    case 'settled':
      await sendNextAttempt(context, visit, found.attempt, found.tally);
      return undefined;
    case 'waiting':
      await beginWait(context, visit, found.attempt.wait ?? {});
      return undefined;
    case 'parked':
      await followPark(context, visit.envelope, parkOf(found.attempt), found.attempt.settledAt);
      return undefined;
    case 'held':
      await comeBack(context, visit, found.ageMs);
      return undefined;
    case 'lost':
      return goOnAfterLoss(context, visit, found.attempt, found.tally);
    default:
      return unreachable(found);
  }
}

/** The same message, by the delay ladder. */
const comeBack = (context: StationContext, { envelope, returns }: Visit, ageMs: number): Promise<void> =>
  context.sender.handOnLater(envelope, lookAgainDelayMs(context, returns, ageMs), returns + 1);

/**
 * When to look at a held attempt again. While its holder's heartbeat is fresh: after 1 s, then doubling. Once a renewal is
 * overdue: when the holder can be judged, so that after a crash the step goes on within the liveness timeout.
 */
function lookAgainDelayMs(context: StationContext, returns: number, ageMs: number): number {
  const backoff = doubledMs(FIRST_RETURN_MS, returns, LONGEST_RETURN_MS);
  if (ageMs < HEARTBEAT_MS * 1.5) return backoff;
  return Math.min(backoff, Math.max(0, context.livenessTimeoutMs - ageMs));
}

/**
 * journal.md A6. The message of an attempt that others have gone on from stands for the step's last one from now on. It may not be dropped:
 * whoever finds a holder dead goes on with the message of the lost attempt, so the next one has none of its own; and the lost one can
 * be settled afterwards, when its holder was only paused and gives back what it held.
 */
const goOnAsLast = (visit: Visit, attempt: number, failures: number): Visit => ({
  ...visit,
  envelope: { ...visit.envelope, attempt, failures },
  alone: false, // it is not this one that will perform it
});

/** journal.md A6. A failed attempt's successor waits for its backoff (again, if it had waited already); a released one's does not. */
async function sendNextAttempt(context: StationContext, visit: Visit, attempt: Attempt, { failures }: Tally) {
  if (attempt.fate === 'withheld') return handOnNext(context, visit, failures, WITHHELD_MS);
  if (attempt.fate !== 'failed') return handOnNext(context, visit, failures, 0);
  const delayMs = retryDelayMs(context.action.retry, failures, context.line.random.next());
  const { code = 'action-threw', reason = '' } = attempt;
  return followRetry(context, visit, { code, reason, delayMs, failures });
}

/** journal.md A10. A loss is not the action's failure; but what is lost again and again, at last alone, kills its process. */
async function goOnAfterLoss(
  context: StationContext,
  visit: Visit,
  attempt: Attempt,
  { failures, losses }: Tally,
): Promise<Visit | undefined> {
  const { action, line } = context;
  const { maxAttempts } = visit.envelope.kind === 'compensate' ? retryBack(action.retry) : action.retry;
  line.metrics.attemptLost(action.name);
  const giveUp = async (code: ErrorCode, details: Record<string, string | number>): Promise<Visit | undefined> => {
    const reason = describeError(code, details);
    const fate = await context.settle(attempt, { fate: 'parked', code, reason });
    // Its holder was judged dead, yet a write of its that was on its way came first: that one stands.
    if (fate !== 'parked') return dispose(context, visit, await inspect(context, visit.envelope));
    line.metrics.parked(action.name, code);
    await followPark(context, visit.envelope, { kind: 'park', code, reason });
    return undefined;
  };
  if (maxAttempts === 1) return giveUp('outcome-unknown', { action: action.name });
  // The failure before this loss was not the last one by the policy of its time; by today's it is.
  if (failures >= maxAttempts) {
    return giveUp('retries-exhausted', { failures, maxAttempts, reason: await lastFailure(context, attempt) });
  }
  if (attempt.alone) return giveUp('lost-alone', { action: action.name, losses });
  const alone = losses >= LIMITS.lossesBeforeAlone;
  context.line.log.warn(
    {
      workflowId: attempt.workflowId,
      step: attempt.step,
      attempt: attempt.attempt,
      holder: attempt.worker,
      losses,
      alone,
    },
    'attempt lost with its holder; going on with the next',
  );
  return { ...visit, envelope: nextAttemptEnvelope(visit.envelope, failures), alone, returns: 0 };
}

/** Why the step's last failed attempt before the lost one failed. The loss is no failure, and has no reason of its own. */
async function lastFailure(context: StationContext, lost: Attempt): Promise<string> {
  const { attempts } = await readStep(context, lost);
  const failed = attempts.findLast(({ attempt, fate }) => attempt < lost.attempt && fate === 'failed');
  return failed?.reason ?? 'not known';
}
