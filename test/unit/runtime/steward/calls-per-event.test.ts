// What a request for cancellation and a notification cost the database. It is where a line's throughput ends, so it may not creep up.
import { describe, expect, it } from '@jest/globals';
import { waiting } from '../../../../shared/core/outcome.ts';
import type { Journal } from '../../../../shared/journal/journal.ts';
import { CancelScene } from '../../../support/cancel-scene.ts';
import { CountedJournal } from '../../../support/counted-journal.ts';
import { WaitScene } from '../../../support/wait-scene.ts';

/** What a process asks for its own sake, and what the rounds look for. */
const OF_ITS_OWN = new Set<keyof Journal>(['renew', 'join', 'openIntents', 'findOverdueWaits', 'findPastDeadline']);
const MANY = 100;

const ids = (count: number) => Array.from({ length: count }, (_, number) => `${number}`);

/** Calls per request of a steward and a worker, from the request until the workflow is cancelled, with two steps undone. */
async function cancelled(count: number): Promise<{ perRequest: number; described: string }> {
  const counted = new CountedJournal();
  const scene = await CancelScene.open({
    wrapJournal: (journal, { id }) =>
      /^(steward|worker)/.test(id) ? counted.around(journal, scene.line.clock, OF_ITS_OWN) : journal,
    run: { pay: () => waiting({ notification: 'paid-late' }) },
  });
  await scene.steward();
  await scene.worker('worker-1');
  const orders = [];
  for (const id of ids(count)) orders.push(await scene.order(id));
  await scene.line.clock.advance(10_000);
  expect(await scene.line.journal.countOpenWaits()).toBe(count);
  counted.reset();
  const requests = await Promise.all(orders.map((workflowId) => scene.cancel({ workflowId })));
  const answers = await Promise.all(requests.map((request) => scene.answered(request)));
  expect(answers).toEqual(answers.map(() => ({ kind: 'accepted' })));
  await scene.line.clock.advance(5_000);
  expect(await Promise.all(orders.map((id) => scene.status(id)))).toEqual(orders.map(() => 'cancelled'));
  expect(scene.ledger.left).toEqual([]);
  return { perRequest: counted.total / count, described: counted.describe() };
}

/** Calls per notification of a steward, from the notification until its wait is closed. */
async function completed(count: number): Promise<{ perNotification: number; described: string }> {
  const counted = new CountedJournal();
  const scene = await WaitScene.open({
    wrapJournal: (journal, { id }) =>
      id.startsWith('steward') ? counted.around(journal, scene.line.clock, OF_ITS_OWN) : journal,
  });
  await scene.worker('worker-1');
  await scene.steward();
  await scene.startMany(count);
  await scene.line.clock.advance(10_000);
  expect(await scene.line.journal.countOpenWaits()).toBe(count);
  counted.reset();
  await Promise.all(ids(count).map((businessKey) => scene.notify(businessKey, { businessKey })));
  await scene.line.clock.advance(5_000);
  expect(await scene.line.journal.countOpenWaits()).toBe(0);
  return { perNotification: counted.total / count, described: counted.describe() };
}

describe('the calls of the journal', () => {
  it('for a request for cancellation are few when it comes alone, and shared when many come', async () => {
    const alone = await cancelled(1);
    const together = await cancelled(MANY);
    expect({ isCheap: alone.perRequest <= 36, ...alone }).toMatchObject({ isCheap: true });
    expect({ isCheap: together.perRequest <= 1.5, ...together }).toMatchObject({ isCheap: true });
  });

  it('for a notification are few when it comes alone, and shared when many come', async () => {
    const alone = await completed(1);
    const together = await completed(MANY);
    expect({ isCheap: alone.perNotification <= 11, ...alone }).toMatchObject({ isCheap: true });
    expect({ isCheap: together.perNotification <= 0.15, ...together }).toMatchObject({ isCheap: true });
  });
});
