import type { Reach } from '../journal.ts';
import type { Snapshot } from '../records.ts';
import { COLLECTIONS, keysBelow } from './collections.ts';
import type { Commands } from './commands.ts';
import { readSnapshot } from './read-snapshot.ts';
import { fromStoredSnapshot, type StoredSnapshot } from './stored-documents.ts';

/**
 * The last decision that a majority knows, then step by step from there: only the read by key is linearizable. It finds one more
 * when a step is decided at this moment; behind an end there is nothing to find.
 */
export async function readReach(commands: Commands, workflowId: string): Promise<Reach> {
  const [stored] = await commands.read<StoredSnapshot>('read-reach', {
    find: COLLECTIONS.snapshots,
    filter: { _id: keysBelow(workflowId) },
    sort: { _id: -1 },
    limit: 1,
  });
  let last: Snapshot | null = stored ? fromStoredSnapshot(stored) : null;
  for (;;) {
    const step = (last?.step ?? 0) + 1;
    if (last && 'end' in last.next) return { step, last };
    const decided = await readSnapshot(commands, workflowId, step);
    if (!decided) return { step, last };
    last = decided;
  }
}
