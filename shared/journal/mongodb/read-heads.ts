import type { Head } from '../records.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { fromStoredHead, type StoredHead } from './stored-documents.ts';

/** In as many replies as their inputs take. */
export async function readHeads(commands: Commands, workflowIds: readonly string[]): Promise<readonly (Head | null)[]> {
  if (workflowIds.length === 0) return [];
  const filter = { _id: { $in: [...workflowIds] } };
  const heads = await commands.readAll<StoredHead>('read-heads', COLLECTIONS.heads, filter, { sort: { _id: 1 } });
  const byId = new Map(heads.map((head) => [head._id, fromStoredHead(head)]));
  return workflowIds.map((id) => byId.get(id) ?? null);
}
