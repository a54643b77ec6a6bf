import type { DefinitionRecord } from '../records.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { answerUnclear } from './failures.ts';
import { insertDocuments } from './insert-documents.ts';
import { toStoredDefinition } from './stored-documents.ts';

const OPERATION = 'register-definition';

/** Repeated after a lost answer it is `same`. */
export async function registerDefinition(
  commands: Commands,
  record: DefinitionRecord,
): Promise<'registered' | 'same' | 'conflict'> {
  const stored = toStoredDefinition({ ...record, active: true });
  const taken = await insertDocuments(commands, OPERATION, COLLECTIONS.definitions, [stored]);
  if (taken.length === 0) return 'registered';
  const [found] = await commands.readBack<{ hash: string }>(OPERATION, {
    find: COLLECTIONS.definitions,
    filter: { _id: record._id },
    projection: { hash: 1 },
    limit: 1,
  });
  if (!found) throw answerUnclear(OPERATION, 'the key is taken, and no document has it');
  return found.hash === record.hash ? 'same' : 'conflict';
}
