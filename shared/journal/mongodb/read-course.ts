import { attemptId, snapshotId } from '../../core/names.ts';
import type { Attempt, Snapshot } from '../records.ts';
import { COLLECTIONS, keysBelow } from './collections.ts';
import type { Commands } from './commands.ts';
import { fromStoredAttempt, fromStoredSnapshot, type StoredAttempt, type StoredSnapshot } from './stored-documents.ts';

const OPERATION = 'read-course';
const BY_KEY = { sort: { _id: 1 } } as const;

/**
 * A range cannot be read linearizably, but a key before it can: that read ends only on a server which was the primary when it began,
 * and what was acknowledged until then this server has. One for each collection, whose shards need not be the same.
 */
export async function readCourse(
  commands: Commands,
  workflowId: string,
): Promise<{ readonly attempts: readonly Attempt[]; readonly snapshots: readonly Snapshot[] }> {
  const filter = { _id: keysBelow(workflowId) };
  await confirmPrimary(commands, COLLECTIONS.attempts, attemptId(workflowId, 1, 1));
  const attempts = await commands.readAll<StoredAttempt>(OPERATION, COLLECTIONS.attempts, filter, BY_KEY);
  await confirmPrimary(commands, COLLECTIONS.snapshots, snapshotId(workflowId, 1));
  const snapshots = await commands.readAll<StoredSnapshot>(OPERATION, COLLECTIONS.snapshots, filter, BY_KEY);
  return { attempts: attempts.map(fromStoredAttempt), snapshots: snapshots.map(fromStoredSnapshot) };
}

async function confirmPrimary(commands: Commands, collection: string, _id: string): Promise<void> {
  await commands.readLinearizable(OPERATION, { find: collection, filter: { _id }, projection: { _id: 1 }, limit: 1 });
}
