import type { NotificationRecord } from '../../shared/journal/wait-records.ts';
import type { NearMiss } from '../../shared/runtime/near-misses.ts';

/** A notification, as `--json` has it. */
export function presentNotification(record: NotificationRecord) {
  const { _id, name, data, source, eventId, receivedAt, state } = record;
  const { workflowId = null, businessKey = null, workflow = null, step = null, usedBy = null, reason = null } = record;
  const target = { workflowId, businessKey, workflow };
  return { notification: _id, name, ...target, data, source, id: eventId, receivedAt, state, step, usedBy, reason };
}

export const describeNearMiss = ({ workflowId, step, action, waitsFor, difference }: NearMiss): string =>
  `  near: ${workflowId} waits at step ${step}, ${action}, for ${waitsFor === null ? 'no notification' : `"${waitsFor}"`} (${difference})`;
