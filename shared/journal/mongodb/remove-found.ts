import type { Document } from 'mongodb';
import type { Commands } from './commands.ts';
import { refuseErrors } from './write-errors.ts';

/**
 * Removes at most `limit` documents of a collection; resolves to how many were found. A delete takes no limit, so the ids are read first.
 * @param found what is looked for, and in which order
 * @param still what must be true of each, beside its id, when it is removed
 */
export async function removeFound(
  commands: Commands,
  operation: string,
  collection: string,
  { limit, still = {}, ...found }: { filter: Document; sort?: Document; still?: Document; limit: number },
): Promise<number> {
  if (limit <= 0) return 0;
  const old = await commands.read<{ readonly _id: string }>(operation, {
    find: collection,
    ...found,
    projection: { _id: 1 },
    limit,
    batchSize: limit,
    singleBatch: true,
  });
  if (old.length === 0) return 0;
  const deletes = [{ q: { _id: { $in: old.map(({ _id }) => _id) }, ...still }, limit: 0 }];
  refuseErrors(operation, await commands.write(operation, { delete: collection, deletes }));
  return old.length;
}
