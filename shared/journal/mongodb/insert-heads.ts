import type { Inserted } from '../journal.ts';
import type { Head } from '../records.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { insertDocuments } from './insert-documents.ts';
import { toStoredHead } from './stored-documents.ts';

/** A head says nothing of its writer, so the same again is a duplicate: nothing needs to be read. */
export async function insertHeads(commands: Commands, heads: readonly Head[]): Promise<readonly Inserted[]> {
  const taken = await insertDocuments(commands, 'insert-heads', COLLECTIONS.heads, heads.map(toStoredHead));
  const duplicates = new Set(taken);
  return heads.map((_, index) => (duplicates.has(index) ? 'duplicate' : 'inserted'));
}
