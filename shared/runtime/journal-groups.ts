import type { HeadChange, Inserted, Journal } from '../journal/journal.ts';
import type { Attempt, Head, Snapshot } from '../journal/records.ts';
import { Group } from './grouping.ts';
import type { Metrics } from './metrics.ts';

/**
 * 200 documents are inserted in the time of a few single ones; larger batches only make their members wait longer for each
 * other.
 */
const MAX_BATCH = 200;

/** The writes of the hot path, one document at a time for the caller, in groups for the store. */
export interface GroupedWrites {
  insertHead(head: Head): Promise<Inserted>;
  insertAttempt(attempt: Attempt): Promise<Inserted>;
  insertSnapshot(snapshot: Snapshot): Promise<Inserted>;
  changeHead(change: HeadChange): Promise<void>;
}

/** @param mayAct asked before each batch is sent; what it throws, the batch's writes reject with. Default: always allowed */
export function groupWrites(journal: Journal, metrics: Metrics, mayAct: () => void = () => {}): GroupedWrites {
  const group = <Item, Result>(operation: string, send: (items: readonly Item[]) => Promise<readonly Result[]>) =>
    new Group<Item, Result>({
      maxBatch: MAX_BATCH,
      onBatch: (size) => metrics.batch(operation, size),
      send: (items) => {
        mayAct();
        return send(items);
      },
    });

  const heads = group('insert-heads', (items: readonly Head[]) => journal.insertHeads(items));
  const attempts = group('insert-attempts', (items: readonly Attempt[]) => journal.insertAttempts(items));
  const snapshots = group('insert-snapshots', (items: readonly Snapshot[]) => journal.insertSnapshots(items));
  const changes = group('change-heads', async (items: readonly HeadChange[]) => {
    await journal.changeHeads(items);
    return items.map(() => undefined);
  });
  return {
    insertHead: (head) => heads.add(head),
    insertAttempt: (attempt) => attempts.add(attempt),
    insertSnapshot: (snapshot) => snapshots.add(snapshot),
    changeHead: async (change) => {
      await changes.add(change);
    },
  };
}
