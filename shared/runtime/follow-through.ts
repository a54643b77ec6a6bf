import type { Envelope } from '../contract/envelope.ts';
import type { Advance, Decision, ScheduleRetry } from '../core/transition.ts';
import { unreachable } from '../core/unreachable.ts';
import type { EndStatus } from '../core/workflow-definition.ts';
import type { HeadChange } from '../journal/journal.ts';
import type { Snapshot } from '../journal/records.ts';
import { stepAnnouncement } from './announcements.ts';
import { nextAttemptEnvelope, nextStepEnvelope } from './envelopes.ts';
import { followPark, handOnOrPark } from './parking.ts';
import { untilKnown } from './right-to-act.ts';
import type { StationContext } from './station-context.ts';
import type { Visit } from './visit.ts';

/**
 * What a recorded decision asks for. Everything here may be done twice, by anyone who sees the decision with its message still
 * unacknowledged: a process may die between any two lines, and the next one repeats the rest.
 */
export function followThrough(context: StationContext, visit: Visit, decision: Decision): Promise<void> {
  switch (decision.kind) {
    case 'advance':
      return followAdvance(context, visit, decision);
    case 'schedule-retry':
      return followRetry(context, visit, decision);
    case 'park':
      return followPark(context, visit.envelope, decision);
    case 'release':
      return handOnNext(context, visit, visit.envelope.failures, 0);
    default:
      return unreachable(decision);
  }
}

/** Row 5: the same from a snapshot that was found rather than just made. */
export const followSnapshot = (context: StationContext, visit: Visit, snapshot: Snapshot): Promise<void> =>
  followAdvance(context, { ...visit, envelope: { ...visit.envelope, attempt: snapshot.attempt } }, snapshot);

type Advanced = Pick<Advance, 'state' | 'data' | 'next' | 'failure'>;

const detailsOf = ({ state, failure }: Advanced) => ({ state, ...(failure ? { code: failure.code } : {}) });

async function followAdvance(context: StationContext, visit: Visit, decided: Advanced): Promise<void> {
  const { envelope } = visit;
  const { next } = decided;
  if ('end' in next) return end(context, envelope, decided, next.end);
  // The event first: were the successor out before it, the successor's own event could overtake it.
  if (visit.definition?.announce === 'steps') {
    await context.sender.announce(stepAnnouncement('advanced', envelope, detailsOf(decided)));
  }
  await context.pause('announced', envelope);
  await handOnOrPark(context, nextStepEnvelope(envelope, decided, next.action));
}

async function end(context: StationContext, envelope: Envelope, decided: Advanced, status: EndStatus): Promise<void> {
  const at = new Date(context.line.clock.now());
  const change: HeadChange = { kind: 'ended', workflowId: envelope.workflowId, status, at };
  await Promise.all([
    changeHead(context, change),
    context.sender.announce(stepAnnouncement(status, envelope, detailsOf(decided))),
  ]);
}

/** Row 6, too: the event and the next attempt after a failure. */
export async function followRetry(
  context: StationContext,
  visit: Visit,
  decided: Pick<ScheduleRetry, 'reason' | 'delayMs' | 'failures'> & { readonly code: string },
): Promise<void> {
  const { envelope } = visit;
  if (visit.definition?.announce === 'steps') {
    const { code, reason } = decided;
    await context.sender.announce(stepAnnouncement('retrying', envelope, { code, reason }));
  }
  await handOnNext(context, visit, decided.failures, decided.delayMs);
}

/** The next attempt of the same step, now or later. */
export function handOnNext(
  context: StationContext,
  { envelope }: Visit,
  failures: number,
  delayMs: number,
): Promise<void> {
  const next = nextAttemptEnvelope(envelope, failures);
  return delayMs > 0 ? context.sender.handOnLater(next, delayMs) : handOnOrPark(context, next);
}

const changeHead = (context: StationContext, change: HeadChange): Promise<void> =>
  untilKnown(() => context.line.writes.changeHead(change), context.right);
