import type { DefinitionRecord } from '../records.ts';
import { COLLECTIONS, keysBelow } from './collections.ts';
import type { Commands } from './commands.ts';
import { fromStoredDefinition, type StoredDefinition } from './stored-documents.ts';

/** Versions have five digits in the key, so the order of the keys is theirs. */
export async function latestDefinition(commands: Commands, name: string): Promise<DefinitionRecord | null> {
  const command = {
    find: COLLECTIONS.definitions,
    filter: { _id: keysBelow(name), active: true },
    sort: { _id: -1 },
    limit: 1,
  };
  const [found] = await commands.read<StoredDefinition>('latest-definition', command);
  return found ? fromStoredDefinition(found) : null;
}
