import type { Head } from '../records.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { fromStoredHead, type StoredHead } from './stored-documents.ts';

export async function readHead(commands: Commands, workflowId: string): Promise<Head | null> {
  const command = { find: COLLECTIONS.heads, filter: { _id: workflowId }, limit: 1 };
  const [head] = await commands.read<StoredHead>('read-head', command);
  return head ? fromStoredHead(head) : null;
}
