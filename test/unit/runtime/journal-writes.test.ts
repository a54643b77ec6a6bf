import { describe, expect, it } from '@jest/globals';
import { Fatal } from '../../../shared/core/errors.ts';
import type { Journal } from '../../../shared/journal/journal.ts';
import type { Attempt, Head, Snapshot } from '../../../shared/journal/records.ts';
import { groupWrites } from '../../../shared/runtime/journal-writes.ts';
import { Metrics } from '../../../shared/runtime/metrics.ts';
import { settle } from '../../../shared/testing/virtual-clock.ts';

/** Batches as they arrive; the first of each kind of document is new, all others are duplicates. */
function setup(mayAct?: () => void) {
  const batches: string[] = [];
  const arrive = (kind: string) => async (items: readonly { _id?: string }[]) => {
    batches.push(`${kind} ${items.length}`);
    return items.map((_, index) => (index === 0 ? ('inserted' as const) : ('duplicate' as const)));
  };
  const journal = {
    insertHeads: arrive('heads'),
    insertAttempts: arrive('attempts'),
    insertSnapshots: arrive('snapshots'),
    changeHeads: async (items: readonly unknown[]) => void batches.push(`changes ${items.length}`),
  } as Partial<Journal> as Journal; // the groups use these four methods only
  const metrics = new Metrics();
  return { writes: groupWrites(journal, metrics, mayAct), batches, metrics };
}

// What is in a document does not matter to a group.
const head = {} as Head;
const attempt = {} as Attempt;
const snapshot = {} as Snapshot;

describe('the grouped writes of the journal', () => {
  it('go out in one batch per kind, and each caller gets the result of its own document', async () => {
    const { writes, batches } = setup();
    const results = await Promise.all([
      writes.insertAttempt(attempt),
      writes.insertHead(head),
      writes.insertAttempt(attempt),
      writes.insertSnapshot(snapshot),
      writes.changeHead({ kind: 'resumed', workflowId: 'w', step: 1 }),
      writes.changeHead({ kind: 'resumed', workflowId: 'v', step: 1 }),
    ]);
    expect(results).toEqual(['inserted', 'inserted', 'duplicate', 'inserted', undefined, undefined]);
    expect(batches.toSorted()).toEqual(['attempts 2', 'changes 2', 'heads 1', 'snapshots 1']);
  });

  it('are at most 200 in a batch, and each batch is counted with its size', async () => {
    const { writes, batches, metrics } = setup();
    await Promise.all(Array.from({ length: 450 }, () => writes.insertAttempt(attempt)));
    expect(batches).toEqual(['attempts 200', 'attempts 200', 'attempts 50']);
    expect(await metrics.render()).toContain('conveyor_batch_size_sum{operation="insert-attempts"} 450');
  });

  it('are not sent by a process that lost its right while they gathered', async () => {
    let may = true;
    const { writes, batches } = setup(() => {
      if (!may) throw new Fatal('liveness-lost', { worker: 'w', timeoutMs: 5_000 });
    });
    const gathered = writes.insertAttempt(attempt);
    may = false;
    await expect(gathered).rejects.toMatchObject({ code: 'liveness-lost' });
    await settle();
    expect(batches).toEqual([]);
  });
});
