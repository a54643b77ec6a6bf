import type { WaitRecord } from '../wait-records.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { answerUnclear } from './failures.ts';
import { insertDocuments } from './insert-documents.ts';
import { readByKey } from './read-by-key.ts';
import { refuseErrors } from './write-errors.ts';

const OPERATION = 'insert-waits';

/** Only where a key is taken is more done: waits of earlier attempts are replaced, and what stands is read. */
export async function insertWaits(commands: Commands, waits: readonly WaitRecord[]): Promise<readonly WaitRecord[]> {
  const taken = new Set(await insertDocuments(commands, OPERATION, COLLECTIONS.waits, waits));
  if (taken.size === 0) return waits;
  const others = waits.filter((_, index) => taken.has(index));
  const updates = others.map((wait) => ({ q: { _id: wait._id, attempt: { $lt: wait.attempt } }, u: wait }));
  refuseErrors(OPERATION, await commands.write(OPERATION, { update: COLLECTIONS.waits, updates, ordered: false }));
  const ids = others.map(({ _id }) => _id);
  const found = await readByKey<WaitRecord>(commands, OPERATION, COLLECTIONS.waits, ids);
  return waits.map((wait) => {
    const stands = ids.includes(wait._id) ? found.get(wait._id) : wait;
    if (!stands) throw answerUnclear(OPERATION, 'a key is taken, and no document has it');
    return stands;
  });
}
