import type { Envelope } from '../contract/envelope.ts';
import type { Advance, ScheduleRetry } from '../core/transition.ts';
import { unreachable } from '../core/unreachable.ts';
import type { EndStatus } from '../core/workflow-definition.ts';
import type { HeadChange } from '../journal/journal.ts';
import type { Snapshot } from '../journal/records.ts';
import type { Acting } from './acting.ts';
import { stepAnnouncement } from './announcements.ts';
import { nextAttemptEnvelope, nextStepEnvelope } from './envelopes.ts';
import { changeHead } from './head-change.ts';
import { followIfParked, handOnOrPark } from './parking.ts';
import { pauseAt } from './pause-points.ts';
import type { Visit } from './visit.ts';
import { endWait } from './wait-closing.ts';

/** What is followed through: the step that was decided, and the rules of its workflow. */
export type Followed = Pick<Visit, 'envelope' | 'definition'>;

/** journal.md A5: from a snapshot that was found rather than just made. */
export const followSnapshot = (acting: Acting, visit: Followed, snapshot: Snapshot): Promise<void> =>
  followAdvance(acting, { ...visit, envelope: { ...visit.envelope, attempt: snapshot.attempt } }, snapshot);

/**
 * journal.md A5, whole. Whoever decided the step may have died before its successor was sent, so the snapshot is followed through. When the
 * successor exists, nothing is sent; but it may have been parked instead of sent, and that is followed then. A wait that it ended is closed
 * after that.
 */
export async function followDecided(
  acting: Acting,
  visit: Followed,
  snapshot: Snapshot,
  moved: boolean,
): Promise<void> {
  const { next } = snapshot;
  if (!moved || 'end' in next) await followSnapshot(acting, visit, snapshot);
  else await followIfParked(acting, nextStepEnvelope(visit.envelope, snapshot, next));
  await endWait(acting, snapshot);
}

/** What is said of a decided step: by the decision, or by its snapshot. */
export type Advanced = Pick<Advance, 'state' | 'data' | 'next' | 'failure' | 'undo'> & Pick<Snapshot, 'kind' | 'by'>;

const detailsOf = ({ state, failure }: Advanced) => ({ state, ...(failure ? { code: failure.code } : {}) });

/** What follows from a decided step: its events, and the next step's message or the end. */
export async function followAdvance(acting: Acting, visit: Followed, decided: Advanced): Promise<void> {
  const { envelope } = visit;
  const { next } = decided;
  // The events first: were the successor out before them, the successor's own event could overtake them.
  await announceDecided(acting, visit, decided);
  if ('end' in next) return end(acting, envelope, decided, next.end);
  await pauseAt(acting, 'announced', envelope);
  if (decided.undo && decided.kind !== 'compensate') {
    const { workflowId, step } = envelope;
    await changeHead(acting, { kind: 'compensating', workflowId, step });
  }
  await handOnOrPark(acting, nextStepEnvelope(envelope, decided, next));
}

/** The events of a decided step, but for that of an end. */
export async function announceDecided(acting: Acting, visit: Followed, decided: Advanced): Promise<void> {
  const { by } = decided;
  if (by) await acting.sender.announce(stepAnnouncement('resumed', visit.envelope, { code: by }));
  await announceStep(acting, visit, decided);
}

/** A milestone always; that a step was taken, or taken back, where the definition says `steps`. An end has an event of its own. */
async function announceStep({ sender }: Acting, { envelope, definition }: Followed, decided: Advanced): Promise<void> {
  const { next } = decided;
  // An operator who lets a step fail decides it as its action would have.
  const kind = decided.kind === 'cancel' && decided.failure ? 'run' : decided.kind;
  const isStep = kind === 'compensate' || (kind === 'run' && !('end' in next));
  if (isStep && definition?.announce !== 'steps') return;
  switch (kind) {
    case 'run':
      if (!('end' in next)) await sender.announce(stepAnnouncement('advanced', envelope, detailsOf(decided)));
      return;
    case 'compensate':
      return sender.announce(stepAnnouncement('compensated', envelope, detailsOf(decided)));
    case 'cancel':
      return sender.announce(stepAnnouncement('cancelling', envelope, detailsOf(decided)));
    default:
      return unreachable(kind);
  }
}

async function end(acting: Acting, envelope: Envelope, decided: Advanced, status: EndStatus): Promise<void> {
  const at = new Date(acting.line.clock.now());
  const change: HeadChange = { kind: 'ended', workflowId: envelope.workflowId, status, at };
  // The event first: a head that says so is followed by nobody any more, also when every message is lost.
  await acting.sender.announce(stepAnnouncement(status, envelope, detailsOf(decided)));
  await changeHead(acting, change);
}

/** journal.md A6, too: the event and the next attempt after a failure. */
export async function followRetry(
  acting: Acting,
  visit: Followed,
  decided: Pick<ScheduleRetry, 'reason' | 'delayMs' | 'failures'> & { readonly code: string },
): Promise<void> {
  const { envelope } = visit;
  if (visit.definition?.announce === 'steps') {
    const { code, reason } = decided;
    await acting.sender.announce(stepAnnouncement('retrying', envelope, { code, reason }));
  }
  await handOnNext(acting, visit, decided.failures, decided.delayMs);
}

/** The next attempt of the same step, now or later. */
export function handOnNext(
  acting: Acting,
  { envelope }: Pick<Followed, 'envelope'>,
  failures: number,
  delayMs: number,
): Promise<void> {
  const next = nextAttemptEnvelope(envelope, failures);
  return delayMs > 0 ? acting.sender.handOnLater(next, delayMs) : handOnOrPark(acting, next);
}
