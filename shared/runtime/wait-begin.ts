import type { Envelope } from '../contract/envelope.ts';
import { snapshotId } from '../core/names.ts';
import type { NotificationRecord, WaitRecord, WaitTerms } from '../journal/wait-records.ts';
import type { Acting } from './acting.ts';
import { stepAnnouncement } from './announcements.ts';
import type { Followed } from './follow-decided.ts';
import { changeHead } from './head-change.ts';
import { isPinnedTo, pinNotification } from './notification-pin.ts';
import { pauseAt } from './pause-points.ts';
import { untilKnown } from './right-to-act.ts';
import { problemOf, settleUnused } from './unfit-notification.ts';
import { completeWait } from './wait-completion.ts';
import { followFound } from './waiting-step.ts';

/** Notifications that are looked at together. */
const MOST_KEPT = 20;

/**
 * What follows from a `waiting` fate (journal.md D1), or what is still missing of it: the event, the wait, the head; then either a
 * notification that came early completes it at once, or its first ticket goes out. The wait is inserted before it looks for the
 * notification; who takes a notification inserts that first and looks for the wait then. So one of the two finds both.
 */
export async function beginWait(acting: Acting, followed: Followed, terms: WaitTerms): Promise<void> {
  const { line, right, sender } = acting;
  const { envelope } = followed;
  // Before anybody can complete it: what follows from that is announced after this.
  await sender.announce(stepAnnouncement('waiting', envelope));
  const made = newWait(envelope, terms, new Date(line.clock.now()));
  const wait = await untilKnown(() => line.writes.insertWait(made), right);
  await pauseAt(acting, 'wait-inserted', envelope);
  if (wait.attempt !== envelope.attempt) return; // the step was parked since, taken up again, and waits anew
  await showWaiting(acting, wait);
  await pauseAt(acting, 'wait-shown', envelope);
  if (await followIfDecided(acting, followed, wait)) return;
  if (wait.notification !== undefined && (await completeByKept(acting, wait))) return;
  if (wait.ticket > 1 || wait.published || !wait.open) return;
  await sendTicket(acting, wait);
}

/** A wait's ticket, to its station's wait queue when it is due; and marks that it is out, so that nobody sends it a second time. */
export async function sendTicket(acting: Acting, wait: WaitRecord): Promise<void> {
  const { line, right, sender } = acting;
  const { _id, attempt, ticket, due } = wait;
  if (!due) return;
  await sender.sendTicket(wait, due.getTime() - line.clock.now());
  await pauseAt(acting, 'ticket-sent', wait);
  await untilKnown(() => line.writes.markTicket({ _id, attempt, ticket }), right);
}

function newWait(envelope: Envelope, terms: WaitTerms, at: Date): WaitRecord {
  const { workflowId, step, attempt, workflow, version, businessKey, action, state } = envelope;
  return {
    ...terms,
    _id: snapshotId(workflowId, step),
    workflowId,
    step,
    attempt,
    workflow,
    version,
    businessKey,
    action,
    state,
    ticket: 1,
    published: false,
    polls: 0,
    open: true,
    at,
  };
}

function showWaiting(acting: Acting, wait: WaitRecord): Promise<void> {
  const { workflowId, step, notification, due, until } = wait;
  const waiting = {
    step,
    ...(notification === undefined ? {} : { notification }),
    ...(due ? { due } : {}),
    ...(until ? { until } : {}),
  };
  return changeHead(acting, { kind: 'waiting', workflowId, waiting });
}

/**
 * Whoever completed the wait meanwhile may have changed the head before it was made to say `waiting`. Each changes it before, or looks
 * after, the other: so one of them leaves it right. Whether the step is decided, and then that is followed through.
 */
async function followIfDecided(acting: Acting, followed: Followed, wait: WaitRecord): Promise<boolean> {
  const { line, right } = acting;
  const { workflowId, step } = wait;
  const snapshot = await untilKnown(() => line.reads.snapshot({ workflowId, step }), right);
  if (!snapshot) return false;
  await followFound(acting, followed, snapshot, wait);
  return true;
}

/** Whether a notification that came before the wait has completed it. What is another's by now is not found again. */
async function completeByKept(acting: Acting, wait: WaitRecord): Promise<boolean> {
  const { line, right } = acting;
  for (;;) {
    const kept = await untilKnown(() => line.journal.findKeptFor(wait, MOST_KEPT), right);
    if (kept.length === 0) return false;
    for (const notification of kept) {
      const isOurs = (await refuseUnlessItFits(acting, wait, notification)) && (await pin(acting, notification, wait));
      if (!isOurs) continue;
      await completeWait(acting, wait, { by: 'notification', notification });
      return true;
    }
  }
}

async function pin(acting: Acting, notification: NotificationRecord, wait: WaitRecord): Promise<boolean> {
  return isPinnedTo(wait, await pinNotification(acting, notification, wait));
}

/** Whether a notification can complete the wait. A bad one is refused here, and the wait goes on. */
async function refuseUnlessItFits(
  acting: Acting,
  wait: WaitRecord,
  notification: NotificationRecord,
): Promise<boolean> {
  const reason = await problemOf(acting, notification, wait);
  if (reason === undefined) return true;
  const { step, workflowId: usedBy } = wait;
  await settleUnused(acting, notification, { state: 'refused', step, usedBy, reason });
  return false;
}
