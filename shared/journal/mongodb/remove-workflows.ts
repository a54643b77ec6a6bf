import type { Document } from 'mongodb';
import { COLLECTIONS, keysBelow } from './collections.ts';
import type { Commands } from './commands.ts';
import { refuseErrors } from './write-errors.ts';

const OPERATION = 'remove-workflows';

/** Each delete is on a majority before the next one begins, so that the head outlives everything else. */
export async function removeWorkflows(commands: Commands, workflowIds: readonly string[]): Promise<void> {
  const ids = await findEnded(commands, workflowIds);
  if (ids.length === 0) return;
  const byKey = ids.map((id) => ({ _id: keysBelow(id) }));
  const byWorkflow = [{ workflowId: { $in: ids } }];
  await remove(commands, COLLECTIONS.attempts, byKey);
  await remove(commands, COLLECTIONS.snapshots, byKey);
  await remove(commands, COLLECTIONS.waits, byKey);
  await remove(commands, COLLECTIONS.intents, byWorkflow);
  await remove(commands, COLLECTIONS.notifications, byWorkflow);
  await remove(commands, COLLECTIONS.heads, [{ _id: { $in: ids } }]);
}

async function findEnded(commands: Commands, workflowIds: readonly string[]): Promise<readonly string[]> {
  if (workflowIds.length === 0) return [];
  const ended = await commands.read<{ readonly _id: string }>(OPERATION, {
    find: COLLECTIONS.heads,
    filter: { _id: { $in: workflowIds }, endedAt: { $exists: true } },
    projection: { _id: 1 },
    batchSize: workflowIds.length,
    singleBatch: true,
  });
  return ended.map(({ _id }) => _id);
}

async function remove(commands: Commands, collection: string, filters: readonly Document[]): Promise<void> {
  const deletes = filters.map((q) => ({ q, limit: 0 }));
  refuseErrors(OPERATION, await commands.write(OPERATION, { delete: collection, deletes, ordered: false }));
}
