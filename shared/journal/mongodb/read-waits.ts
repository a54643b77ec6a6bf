import type { WaitRecord } from '../wait-records.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';

export async function readWaits(commands: Commands, ids: readonly string[]): Promise<readonly (WaitRecord | null)[]> {
  if (ids.length === 0) return [];
  const found = await commands.read<WaitRecord>('read-waits', {
    find: COLLECTIONS.waits,
    filter: { _id: { $in: ids } },
    batchSize: ids.length,
    singleBatch: true,
  });
  const byId = new Map(found.map((wait) => [wait._id, wait]));
  return ids.map((id) => byId.get(id) ?? null);
}
