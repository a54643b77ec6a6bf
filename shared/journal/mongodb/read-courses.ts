import { attemptId, snapshotId } from '../../core/names.ts';
import type { Course, DecidedStep } from '../journal.ts';
import type { Attempt } from '../records.ts';
import { COLLECTIONS, keysBelow } from './collections.ts';
import type { Commands } from './commands.ts';
import { fromStoredAttempt, type StoredAttempt } from './stored-documents.ts';

const OPERATION = 'read-courses';
const BY_KEY = { sort: { _id: 1 } } as const;
/** By far the largest part, and nobody asks for it. */
const WITHOUT_DATA = { data: 0, changes: 0 };

/**
 * A range cannot be read linearizably, but keys before it can: that read ends only on a server which was the primary when it began,
 * and what was acknowledged until then this server has. One for each collection, whose shards need not be the same, and with a key of
 * each workflow, since these need not be on the same shard, either.
 */
export async function readCourses(commands: Commands, workflowIds: readonly string[]): Promise<readonly Course[]> {
  if (workflowIds.length === 0) return [];
  const courses = new Map(workflowIds.map((id) => [id, { attempts: [] as Attempt[], snapshots: [] as DecidedStep[] }]));
  const ids = [...courses.keys()];
  const filter = { $or: ids.map((id) => ({ _id: keysBelow(id) })) };
  await Promise.all([
    confirmPrimary(
      commands,
      COLLECTIONS.attempts,
      ids.map((id) => attemptId(id, 1, 1)),
    ),
    confirmPrimary(
      commands,
      COLLECTIONS.snapshots,
      ids.map((id) => snapshotId(id, 1)),
    ),
  ]);
  const attempts = await commands.readAll<StoredAttempt>(OPERATION, COLLECTIONS.attempts, filter, BY_KEY);
  for (const attempt of attempts) courses.get(attempt.workflowId)?.attempts.push(fromStoredAttempt(attempt));
  const snapshots = await commands.readAll<DecidedStep>(OPERATION, COLLECTIONS.snapshots, filter, {
    ...BY_KEY,
    projection: WITHOUT_DATA,
  });
  for (const snapshot of snapshots) courses.get(snapshot.workflowId)?.snapshots.push(snapshot);
  return workflowIds.map((id) => courses.get(id) ?? { attempts: [], snapshots: [] });
}

async function confirmPrimary(commands: Commands, collection: string, keys: readonly string[]): Promise<void> {
  await commands.readLinearizable(OPERATION, {
    find: collection,
    filter: { _id: { $in: keys } },
    projection: { _id: 1 },
    batchSize: keys.length,
    singleBatch: true,
  });
}
