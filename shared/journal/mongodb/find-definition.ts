import { definitionId } from '../../core/names.ts';
import type { DefinitionRecord } from '../records.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { fromStoredDefinition, type StoredDefinition } from './stored-documents.ts';

export async function findDefinition(
  commands: Commands,
  name: string,
  version: number,
): Promise<DefinitionRecord | null> {
  const command = { find: COLLECTIONS.definitions, filter: { _id: definitionId(name, version) }, limit: 1 };
  const [found] = await commands.read<StoredDefinition>('find-definition', command);
  return found ? fromStoredDefinition(found) : null;
}
