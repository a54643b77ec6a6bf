import type { NotificationStand, StepKey } from '../journal/journal.ts';
import type { NotificationRecord } from '../journal/wait-records.ts';
import type { Acting } from './acting.ts';
import { untilKnown } from './right-to-act.ts';

/**
 * Makes a notification that of this step, unless it is another's or settled. A snapshot names only a notification that is pinned to its step:
 * else two workflows with one business key, or two steps of one, could both be completed by it, before either has said that it is used.
 */
export const pinNotification = (
  { line, right }: Acting,
  { _id: id }: Pick<NotificationRecord, '_id'>,
  { workflowId, step }: StepKey,
): Promise<NotificationStand | null> => untilKnown(() => line.writes.pinNotification({ id, workflowId, step }), right);

/** Whether a notification completes this step, or none. */
export const isPinnedTo = ({ workflowId, step }: StepKey, stands: NotificationStand | null): boolean =>
  stands?.state === 'kept' && stands.usedBy === workflowId && stands.step === step;
