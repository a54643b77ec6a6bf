import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { refuseErrors } from './write-errors.ts';

const OPERATION = 'remove-notifications';

/** A delete takes no limit, so the ids are read first. */
export async function removeNotifications(commands: Commands, receivedBefore: Date, limit: number): Promise<number> {
  if (limit <= 0) return 0;
  const old = await commands.read<{ readonly _id: string }>(OPERATION, {
    find: COLLECTIONS.notifications,
    filter: { receivedAt: { $lt: receivedBefore } },
    projection: { _id: 1 },
    sort: { receivedAt: 1 },
    limit,
    batchSize: limit,
    singleBatch: true,
  });
  if (old.length === 0) return 0;
  const deletes = [{ q: { _id: { $in: old.map(({ _id }) => _id) } }, limit: 0 }];
  refuseErrors(OPERATION, await commands.write(OPERATION, { delete: COLLECTIONS.notifications, deletes }));
  return old.length;
}
