import type { Envelope } from '../contract/envelope.ts';
import { snapshotId } from '../core/names.ts';
import type { Advance, Decision } from '../core/transition.ts';
import { unreachable } from '../core/unreachable.ts';
import type { Settlement, Snapshot } from '../journal/records.ts';
import { type Claimed, type Disposition, inspect } from './claim.ts';
import { untilKnown } from './right-to-act.ts';
import type { StationContext } from './station-context.ts';

/** The decision is in the journal; what it asks for is not done. */
export interface Recorded {
  readonly kind: 'recorded';
}

/**
 * Makes a decision durable: a snapshot decides the step, a fate settles the attempt. Another decision may have come first;
 * then that one stands, and it is what is returned.
 */
export async function record(
  station: StationContext,
  claimed: Claimed,
  decision: Decision,
  durationMs: number,
): Promise<Recorded | Disposition> {
  switch (decision.kind) {
    case 'advance':
      return recordSnapshot(station, claimed, decision, durationMs);
    case 'schedule-retry':
      return recordFate(station, claimed, { fate: 'failed', code: decision.code, reason: decision.reason });
    case 'park':
      return recordFate(station, claimed, { fate: 'parked', code: decision.code, reason: decision.reason });
    case 'release':
      return recordFate(station, claimed, { fate: 'released' });
    default:
      return unreachable(decision);
  }
}

async function recordSnapshot(
  station: StationContext,
  claimed: Claimed,
  decided: Advance,
  durationMs: number,
): Promise<Recorded | Disposition> {
  const snapshot = snapshotOf(station, claimed.envelope, decided, durationMs);
  const inserted = await untilKnown(() => station.line.writes.insertSnapshot(snapshot), station.right);
  if (inserted === 'inserted') return { kind: 'recorded' };
  await station.settle(claimed.attempt, { fate: 'void' });
  return inspect(station, claimed.envelope);
}

/** The fate first, and only then the successor: an unsettled attempt would look held, or lost. */
async function recordFate(
  station: StationContext,
  claimed: Claimed,
  settlement: Omit<Settlement, 'at'>,
): Promise<Recorded | Disposition> {
  const stands = await station.settle(claimed.attempt, settlement);
  return stands === settlement.fate ? { kind: 'recorded' } : inspect(station, claimed.envelope);
}

function snapshotOf(station: StationContext, envelope: Envelope, decided: Advance, durationMs: number): Snapshot {
  const { workflowId, step, kind, action, attempt } = envelope;
  const { changes, state, data, next, failure } = decided;
  return {
    _id: snapshotId(workflowId, step),
    workflowId,
    step,
    kind,
    action,
    attempt,
    worker: station.workerId,
    changes,
    state,
    data,
    next,
    ...(failure ? { failure } : {}),
    at: new Date(station.line.clock.now()),
    durationMs: Math.round(durationMs),
  };
}
