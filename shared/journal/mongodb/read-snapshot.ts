import { snapshotId } from '../../core/names.ts';
import type { Snapshot } from '../records.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { fromStoredSnapshot, type StoredSnapshot } from './stored-documents.ts';

/** Linearizable: a primary that has lost its majority does not answer, rather than answer "none". */
export async function readSnapshot(commands: Commands, workflowId: string, step: number): Promise<Snapshot | null> {
  const command = { find: COLLECTIONS.snapshots, filter: { _id: snapshotId(workflowId, step) }, limit: 1 };
  const [snapshot] = await commands.readLinearizable<StoredSnapshot>('read-snapshot', command);
  return snapshot ? fromStoredSnapshot(snapshot) : null;
}
