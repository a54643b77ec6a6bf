import { cutText } from '../core/limits.ts';
import type { NotificationSettlement, NotificationStand, WaitKey } from '../journal/journal.ts';
import type { Snapshot } from '../journal/records.ts';
import type { Acting } from './acting.ts';
import { changeHead } from './head-change.ts';
import { pauseAt } from './pause-points.ts';
import { untilKnown } from './right-to-act.ts';

/**
 * What follows from a snapshot beside its successor when its step waited: the head does not say so any more, the notification that it
 * names is used, and the wait is closed. The last of these comes last: while the wait is open, somebody comes by who does the rest.
 */
export async function endWait(acting: Acting, snapshot: Snapshot): Promise<void> {
  const { _id, workflowId, step, attempt, kind, by, notification } = snapshot;
  if (kind === 'cancel') return closeCancelled(acting, snapshot);
  if (!by) return;
  await changeHead(acting, { kind: 'waited', workflowId, step });
  await pauseAt(acting, 'wait-followed', snapshot);
  if (notification !== undefined) {
    await settleNotification(acting, notification, { state: 'used', step, usedBy: workflowId });
  }
  await pauseAt(acting, 'notification-used', snapshot);
  await closeWait(acting, { _id, attempt });
}

/** A cancellation decides a step whether it waits or not, and its snapshot does not say. */
async function closeCancelled(acting: Acting, { _id }: Snapshot): Promise<void> {
  const { line, right } = acting;
  const wait = await untilKnown(() => line.reads.wait(_id), right);
  if (wait?.open) await closeWait(acting, wait);
}

/** Only after what decided its step was followed through, or was given up. */
export const closeWait = ({ line, right }: Acting, { _id, attempt }: WaitKey): Promise<void> =>
  untilKnown(() => line.writes.closeWait({ _id, attempt }), right);

/**
 * Says what became of a notification, unless it is said, or is that of another step. Its reason is cut: it may quote the payload, and list all
 * that an action declares. Null when it was removed.
 */
export function settleNotification(
  { line, right }: Acting,
  id: string,
  { reason, ...settlement }: NotificationSettlement,
): Promise<NotificationStand | null> {
  const cut = reason === undefined ? settlement : { ...settlement, reason: cutText(reason) };
  return untilKnown(() => line.writes.settleNotification({ id, ...cut }), right);
}
