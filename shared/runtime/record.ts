import type { Envelope } from '../contract/envelope.ts';
import type { Advance, BeginCompensation, Decision } from '../core/transition.ts';
import { unreachable } from '../core/unreachable.ts';
import type { Settlement } from '../journal/records.ts';
import type { Claimed } from './claim.ts';
import { type Disposition, inspect } from './inspection.ts';
import { untilKnown } from './right-to-act.ts';
import { newSnapshot } from './snapshots.ts';
import type { StationContext } from './station-context.ts';
import { termsOf } from './wait-terms.ts';

/** What can be made durable. That the way back begins is a plan first (way-back.ts), and an advance with it. */
export type Recordable = Exclude<Decision, BeginCompensation>;

/** The decision is in the journal; what it asks for is not done. */
export interface Recorded {
  readonly kind: 'recorded';
}

/**
 * Makes a decision durable: a snapshot decides the step, a fate settles the attempt. Another decision may have come first;
 * then that one stands, and it is what is returned.
 */
export async function record(
  context: StationContext,
  claimed: Claimed,
  decision: Recordable,
  durationMs: number,
): Promise<Recorded | Disposition> {
  const found = await writeDecision(context, claimed, decision, durationMs);
  if (found.kind === 'recorded') count(context, claimed.envelope, decision);
  return found;
}

function writeDecision(
  context: StationContext,
  claimed: Claimed,
  decision: Recordable,
  durationMs: number,
): Promise<Recorded | Disposition> {
  switch (decision.kind) {
    case 'advance':
      return recordSnapshot(context, claimed, decision, durationMs);
    case 'begin-wait':
      return recordFate(context, claimed, { fate: 'waiting', wait: termsOf(decision) });
    case 'schedule-retry':
      return recordFate(context, claimed, {
        fate: 'failed',
        code: decision.code,
        reason: decision.reason,
        dueAt: new Date(context.line.clock.now() + decision.delayMs),
      });
    case 'park':
      return recordFate(context, claimed, { fate: 'parked', code: decision.code, reason: decision.reason });
    case 'release':
      return recordFate(context, claimed, { fate: 'released' });
    default:
      return unreachable(decision);
  }
}

/** Here, where the decision is known to be new: what follows from it may be done again, by anybody. */
function count({ line }: StationContext, envelope: Envelope, decision: Recordable): void {
  const { metrics, clock } = line;
  const { workflow, action, startedAt } = envelope;
  switch (decision.kind) {
    case 'advance': {
      const { next } = decision;
      const tookMs = startedAt === undefined ? undefined : clock.now() - startedAt;
      if ('end' in next) metrics.workflowEnded(workflow, next.end, tookMs);
      return;
    }
    case 'begin-wait':
      return metrics.waitBegan(action);
    case 'schedule-retry':
      return metrics.retried(action, decision.code);
    case 'park':
      return metrics.parked(action, decision.code);
    case 'release':
      return;
    default:
      return unreachable(decision);
  }
}

async function recordSnapshot(
  context: StationContext,
  claimed: Claimed,
  decided: Advance,
  durationMs: number,
): Promise<Recorded | Disposition> {
  const { undoes } = claimed.envelope;
  const snapshot = newSnapshot(context, claimed.envelope, decided, {
    ...(undoes ? { undoes: undoes.step } : {}),
    durationMs: Math.round(durationMs),
  });
  const inserted = await untilKnown(() => context.line.writes.insertSnapshot(snapshot), context.right);
  if (inserted === 'inserted') return { kind: 'recorded' };
  await context.settle(claimed.attempt, { fate: 'void' });
  return inspect(context, claimed.envelope);
}

/** The fate first, and only then the successor: an unsettled attempt would look held, or lost. */
async function recordFate(
  context: StationContext,
  claimed: Claimed,
  settlement: Omit<Settlement, 'at'>,
): Promise<Recorded | Disposition> {
  const stands = await context.settle(claimed.attempt, settlement);
  return stands === settlement.fate ? { kind: 'recorded' } : inspect(context, claimed.envelope);
}
