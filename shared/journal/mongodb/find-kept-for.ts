import type { NotificationRecord, WaitRecord } from '../wait-records.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { isFreeFor } from './kept-notifications.ts';
import { fromStoredNotification, type StoredNotification } from './stored-documents.ts';

export async function findKeptFor(
  commands: Commands,
  {
    workflowId,
    step,
    businessKey,
    workflow,
    notification,
  }: Pick<WaitRecord, 'workflowId' | 'step' | 'businessKey' | 'workflow' | 'notification'>,
  limit: number,
): Promise<readonly NotificationRecord[]> {
  if (notification === undefined || limit <= 0) return [];
  const kept = { name: notification, state: 'kept', ...isFreeFor({ usedBy: workflowId, step }) };
  const byKey = { businessKey, workflowId: { $exists: false }, workflow: { $in: [null, workflow] } };
  const filter = {
    $or: [
      { workflowId, ...kept },
      { ...byKey, ...kept },
    ],
  };
  const options = { sort: { receivedAt: 1 }, limit } as const;
  const found = await commands.readAll<StoredNotification>('find-kept-for', COLLECTIONS.notifications, filter, options);
  return found.map(fromStoredNotification);
}
