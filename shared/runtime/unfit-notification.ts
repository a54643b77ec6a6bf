import { notificationProblem } from '../core/wait.ts';
import type { NotificationSettlement, NotificationStand } from '../journal/journal.ts';
import type { NotificationRecord, WaitRecord } from '../journal/wait-records.ts';
import type { Acting } from './acting.ts';
import { untilKnown } from './right-to-act.ts';
import { settleNotification } from './wait-closing.ts';

/** Why a notification does not complete a wait, by the contract of the action that waits; undefined when it does. */
export async function problemOf(
  { line, right }: Acting,
  { name, data }: NotificationRecord,
  { action }: WaitRecord,
): Promise<string | undefined> {
  const contract = (await untilKnown(() => line.contracts.all(), right)).get(action);
  return contract && notificationProblem(contract, name, data);
}

/** Settles a notification that completes no wait, and warns. As `settleNotification`. */
export async function settleUnused(
  acting: Acting,
  { _id, name, businessKey, workflowId }: NotificationRecord,
  settlement: NotificationSettlement,
): Promise<NotificationStand | null> {
  const stands = await settleNotification(acting, _id, settlement);
  const { state } = settlement;
  // Not the reason: it may quote the payload, and stands in the journal.
  acting.line.log.warn({ notification: _id, name, businessKey, workflowId, state }, 'notification completes no wait');
  return stands;
}
