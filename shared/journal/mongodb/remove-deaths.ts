import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { refuseErrors } from './write-errors.ts';

const OPERATION = 'remove-deaths';

/** A delete takes no limit, so the ids are read first. No index: of a month's deaths there are not many. */
export async function removeDeaths(commands: Commands, recordedBefore: Date, limit: number): Promise<number> {
  if (limit <= 0) return 0;
  const old = await commands.read<{ readonly _id: string }>(OPERATION, {
    find: COLLECTIONS.workers,
    filter: { state: 'dead', diedAt: { $lt: recordedBefore } },
    projection: { _id: 1 },
    limit,
    batchSize: limit,
    singleBatch: true,
  });
  if (old.length === 0) return 0;
  const deletes = [{ q: { _id: { $in: old.map(({ _id }) => _id) }, state: 'dead' }, limit: 0 }];
  refuseErrors(OPERATION, await commands.write(OPERATION, { delete: COLLECTIONS.workers, deletes }));
  return old.length;
}
