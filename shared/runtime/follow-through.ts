import type { Envelope } from '../contract/envelope.ts';
import type { LifecycleEventName } from '../contract/lifecycle-event.ts';
import type { Advance, Decision, ScheduleRetry } from '../core/transition.ts';
import { unreachable } from '../core/unreachable.ts';
import type { EndStatus } from '../core/workflow-definition.ts';
import type { HeadChange } from '../journal/journal.ts';
import type { Snapshot } from '../journal/records.ts';
import type { Turn } from './claim.ts';
import { followPark, handOnOrPark } from './parking.ts';
import { untilKnown } from './right-to-act.ts';
import type { StationContext } from './station-context.ts';

/**
 * What a recorded decision asks for. Everything here may be done twice, by anyone who sees the decision with its message still
 * unacknowledged: a process may die between any two lines, and the next one repeats the rest.
 */
export function followThrough(station: StationContext, turn: Turn, decision: Decision): Promise<void> {
  switch (decision.kind) {
    case 'advance':
      return followAdvance(station, turn, decision);
    case 'schedule-retry':
      return followRetry(station, turn, decision);
    case 'park':
      return followPark(station, turn.envelope, decision);
    case 'release':
      return handOnNext(station, turn, turn.envelope.failures, 0);
    default:
      return unreachable(decision);
  }
}

/** Row 5: the same from a snapshot that was found rather than just made. */
export const followSnapshot = (station: StationContext, turn: Turn, snapshot: Snapshot): Promise<void> =>
  followAdvance(station, { ...turn, envelope: { ...turn.envelope, attempt: snapshot.attempt } }, snapshot);

type Advanced = Pick<Advance, 'state' | 'data' | 'next' | 'failure'>;

async function followAdvance(station: StationContext, turn: Turn, decided: Advanced): Promise<void> {
  const { envelope } = turn;
  const { next, failure } = decided;
  if ('end' in next) return end(station, envelope, decided, next.end);
  // The event first: were the successor out before it, the successor's own event could overtake it.
  if (turn.definition?.announce === 'steps') {
    await announce(station, envelope, 'advanced', { state: decided.state, ...(failure ? { code: failure.code } : {}) });
  }
  await station.pause('announced', envelope);
  await handOnOrPark(station, successorOf(envelope, decided, next.action));
}

/** The first envelope of the next step. */
export function successorOf(envelope: Envelope, decided: Pick<Advance, 'state' | 'data'>, action: string): Envelope {
  const { state, data } = decided;
  return { ...envelope, step: envelope.step + 1, attempt: 1, failures: 0, action, state, data };
}

async function end(station: StationContext, envelope: Envelope, decided: Advanced, status: EndStatus): Promise<void> {
  const { line } = station;
  const at = line.clock.now();
  const change: HeadChange = { kind: 'ended', workflowId: envelope.workflowId, status, at: new Date(at) };
  const details = { state: decided.state, ...(decided.failure ? { code: decided.failure.code } : {}) };
  await Promise.all([changeHead(station, change), announce(station, envelope, status, details)]);
  line.metrics.workflowEnded(
    envelope.workflow,
    status,
    envelope.startedAt === undefined ? undefined : at - envelope.startedAt,
  );
}

/** Row 6, too: the event and the next attempt after a failure. */
export async function followRetry(
  station: StationContext,
  turn: Turn,
  decided: Pick<ScheduleRetry, 'reason' | 'delayMs' | 'failures'> & { readonly code: string },
): Promise<void> {
  const { envelope } = turn;
  station.line.metrics.retried(envelope.action, decided.code);
  if (turn.definition?.announce === 'steps') {
    await announce(station, envelope, 'retrying', {
      state: envelope.state,
      code: decided.code,
      reason: decided.reason,
    });
  }
  await handOnNext(station, turn, decided.failures, decided.delayMs);
}

/** The next attempt of the same step, now or later. */
export function handOnNext(
  station: StationContext,
  { envelope }: Turn,
  failures: number,
  delayMs: number,
): Promise<void> {
  const next = { ...envelope, attempt: envelope.attempt + 1, failures };
  return delayMs > 0 ? station.sender.handOnLater(next, delayMs) : handOnOrPark(station, next);
}

const changeHead = (station: StationContext, change: HeadChange): Promise<void> =>
  untilKnown(() => station.line.writes.changeHead(change), station.right);

function announce(
  station: StationContext,
  envelope: Envelope,
  event: LifecycleEventName,
  details: { state: string; code?: string; reason?: string },
): Promise<void> {
  const { workflowId, businessKey, workflow, version, step, attempt, action } = envelope;
  return station.sender.announce({
    event,
    workflowId,
    businessKey,
    step,
    attempt,
    data: { workflow, version, step, action, ...details },
  });
}
