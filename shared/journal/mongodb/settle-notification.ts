import type { NotificationSettlement } from '../journal.ts';
import type { NotificationRecord } from '../wait-records.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { readByKey } from './read-by-key.ts';
import { fromStoredNotification, type StoredNotification } from './stored-documents.ts';
import { refuseErrors } from './write-errors.ts';

const OPERATION = 'settle-notification';

export async function settleNotification(
  commands: Commands,
  _id: string,
  settlement: NotificationSettlement,
): Promise<NotificationRecord | null> {
  const updates = [{ q: { _id, state: 'kept' }, u: { $set: settlement } }];
  refuseErrors(OPERATION, await commands.write(OPERATION, { update: COLLECTIONS.notifications, updates }));
  const found = await readByKey<StoredNotification>(commands, OPERATION, COLLECTIONS.notifications, [_id]);
  const stands = found.get(_id);
  return stands ? fromStoredNotification(stands) : null;
}
