import type { WaitPlace } from '../journal.ts';
import type { WaitRecord } from '../wait-records.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';

export async function findOverdueWaits(
  commands: Commands,
  before: Date,
  limit: number,
  after?: WaitPlace,
): Promise<readonly WaitRecord[]> {
  if (limit <= 0) return [];
  // One range of the index from the place on, less what shares its time and comes before it.
  const filter = {
    open: true,
    due: { $lt: before, ...(after && { $gte: after.due }) },
    ...(after && { $or: [{ due: { $gt: after.due } }, { _id: { $gt: after._id } }] }),
  };
  const options = { sort: { due: 1, _id: 1 }, limit, hint: 'due' } as const;
  return await commands.readAll<WaitRecord>('find-overdue-waits', COLLECTIONS.waits, filter, options);
}
