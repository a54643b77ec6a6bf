import type { Commands } from './commands.ts';

/**
 * The documents under these keys, after a write: when they cannot be read, its outcome is unknown.
 * @param fields what is read of them. Default: everything
 * @throws Unavailable
 */
export async function readByKey<Stored extends { readonly _id: string }>(
  commands: Commands,
  operation: string,
  collection: string,
  ids: readonly string[],
  fields?: readonly string[],
): Promise<ReadonlyMap<string, Stored>> {
  if (ids.length === 0) return new Map();
  const found = await commands.readBack<Stored>(operation, {
    find: collection,
    filter: { _id: { $in: ids } },
    ...(fields ? { projection: Object.fromEntries(fields.map((field) => [field, 1])) } : {}),
    batchSize: ids.length,
    singleBatch: true,
  });
  return new Map(found.map((document) => [document._id, document]));
}
