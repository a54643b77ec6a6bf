import type { Commands } from './commands.ts';
import { answerUnclear } from './failures.ts';
import { insertDocuments } from './insert-documents.ts';
import { readByKey } from './read-by-key.ts';

/** Inserts each document unless its key is taken. Resolves to those that stand, in the order given. */
export async function insertOrRead<Stored extends { readonly _id: string }>(
  commands: Commands,
  operation: string,
  collection: string,
  documents: readonly Stored[],
): Promise<readonly Stored[]> {
  const taken = new Set(await insertDocuments(commands, operation, collection, documents));
  const ids = documents.flatMap(({ _id }, index) => (taken.has(index) ? [_id] : []));
  const found = await readByKey<Stored>(commands, operation, collection, ids);
  return documents.map((document, index) => {
    const stands = taken.has(index) ? found.get(document._id) : document;
    if (!stands) throw answerUnclear(operation, 'a key is taken, and no document has it');
    return stands;
  });
}
