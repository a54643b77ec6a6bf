import type { NotificationFilter } from '../journal.ts';
import type { NotificationRecord } from '../wait-records.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { fromStoredNotification, type StoredNotification } from './stored-documents.ts';

export async function findNotifications(
  commands: Commands,
  filter: NotificationFilter,
  limit: number,
): Promise<readonly NotificationRecord[]> {
  if (limit <= 0) return [];
  const options = { sort: { receivedAt: -1 }, limit } as const;
  const found = await commands.readAll<StoredNotification>(
    'find-notifications',
    COLLECTIONS.notifications,
    filter,
    options,
  );
  return found.map(fromStoredNotification);
}
