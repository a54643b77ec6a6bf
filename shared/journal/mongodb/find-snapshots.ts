import { snapshotId } from '../../core/names.ts';
import type { StepKey } from '../journal.ts';
import type { Snapshot } from '../records.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { fromStoredSnapshot, type StoredSnapshot } from './stored-documents.ts';

export async function findSnapshots(commands: Commands, steps: readonly StepKey[]): Promise<readonly Snapshot[]> {
  if (steps.length === 0) return [];
  const filter = { _id: { $in: steps.map(({ workflowId, step }) => snapshotId(workflowId, step)) } };
  const options = { sort: { _id: 1 } } as const;
  const found = await commands.readAll<StoredSnapshot>('find-snapshots', COLLECTIONS.snapshots, filter, options);
  return found.map(fromStoredSnapshot);
}
