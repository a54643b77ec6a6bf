import type { NotificationRecord } from '../wait-records.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { insertOrRead } from './insert-or-read.ts';
import { fromStoredNotification, toStoredNotification } from './stored-documents.ts';

export async function insertNotifications(
  commands: Commands,
  notifications: readonly NotificationRecord[],
): Promise<readonly NotificationRecord[]> {
  const stored = notifications.map(toStoredNotification);
  const stand = await insertOrRead(commands, 'insert-notifications', COLLECTIONS.notifications, stored);
  return stand.map(fromStoredNotification);
}
