import type { DefinitionRecord } from '../records.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { fromStoredDefinition, type StoredDefinition } from './stored-documents.ts';

export async function listDefinitions(commands: Commands): Promise<readonly DefinitionRecord[]> {
  const options = { sort: { _id: 1 } } as const;
  const found = await commands.readAll<StoredDefinition>('list-definitions', COLLECTIONS.definitions, {}, options);
  return found.map(fromStoredDefinition);
}
