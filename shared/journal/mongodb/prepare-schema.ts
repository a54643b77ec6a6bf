import { Fatal } from '../../core/errors.ts';
import { COLLECTIONS, INDEXES, SCHEMA_VERSION } from './collections.ts';
import type { Commands } from './commands.ts';
import { createCollection } from './create-collection.ts';
import { refuseErrors } from './write-errors.ts';

const OPERATION = 'prepare-schema';
const _id = 'schema';

/**
 * Creates what is missing in the database, and says of which version it is, last: a process that finds the version has nothing to do,
 * and needs no right to create. Several may do it at once.
 * @throws Fatal `schema-newer`
 */
export async function prepareSchema(commands: Commands): Promise<void> {
  const [meta] = await commands.read<{ version: number }>(OPERATION, {
    find: COLLECTIONS.meta,
    filter: { _id },
    limit: 1,
  });
  const found = meta?.version ?? 0;
  if (found > SCHEMA_VERSION) throw new Fatal('schema-newer', { found, known: SCHEMA_VERSION });
  if (found === SCHEMA_VERSION) return;
  for (const collection of Object.values(COLLECTIONS)) await createCollection(commands, collection);
  for (const [collection, indexes] of INDEXES) {
    await commands.write(OPERATION, { createIndexes: collection, indexes });
  }
  const update = { q: { _id }, u: { $max: { version: SCHEMA_VERSION } }, upsert: true };
  refuseErrors(OPERATION, await commands.write(OPERATION, { update: COLLECTIONS.meta, updates: [update] }));
}
