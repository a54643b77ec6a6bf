import { attemptId, snapshotId } from '../../core/names.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';

const FIRST_ATTEMPT_SUFFIX = attemptId('', 0, 1).slice(snapshotId('', 0).length);

/** A step that has any attempt has the first. */
export async function findAttempted(
  commands: Commands,
  steps: readonly { workflowId: string; step: number }[],
): Promise<ReadonlySet<string>> {
  if (steps.length === 0) return new Set();
  const found = await commands.read<{ _id: string }>('find-attempted', {
    find: COLLECTIONS.attempts,
    filter: { _id: { $in: steps.map(({ workflowId, step }) => attemptId(workflowId, step, 1)) } },
    projection: { _id: 1 },
    batchSize: steps.length,
    singleBatch: true,
  });
  return new Set(found.map(({ _id }) => _id.slice(0, -FIRST_ATTEMPT_SUFFIX.length)));
}
