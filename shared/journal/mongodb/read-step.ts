import { attemptId, snapshotId } from '../../core/names.ts';
import type { StepView } from '../journal.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { fromStoredAttempt, fromStoredSnapshot, type StoredAttempt, type StoredSnapshot } from './stored-documents.ts';

const OPERATION = 'read-step';

/**
 * One range of keys holds the attempts of the step, and behind them the first attempt of the next step: every step's
 * attempts begin with 1. The snapshot is read after them.
 */
export async function readStep(commands: Commands, workflowId: string, step: number): Promise<StepView> {
  const decided = snapshotId(workflowId, step);
  const firstOfNext = attemptId(workflowId, step + 1, 1);
  const found = await commands.readAll<StoredAttempt>(
    OPERATION,
    COLLECTIONS.attempts,
    { _id: { $gt: `${decided}/`, $lte: firstOfNext } },
    { sort: { _id: 1 } },
  );
  const [snapshot] = await commands.read<StoredSnapshot>(OPERATION, {
    find: COLLECTIONS.snapshots,
    filter: { _id: decided },
    limit: 1,
  });
  return {
    attempts: found.filter((attempt) => attempt.step === step).map(fromStoredAttempt),
    snapshot: snapshot ? fromStoredSnapshot(snapshot) : null,
    moved: found.at(-1)?._id === firstOfNext,
  };
}
