// A wait whose workflow was removed, which a retention that is much too short does: whoever finds it closes it.
import { describe, expect, it } from '@jest/globals';
import { pending, waiting } from '../../shared/core/outcome.ts';
import type { Journal } from '../../shared/journal/journal.ts';
import { onCall } from '../support/on-call.ts';
import { type Asked, WaitScene } from '../support/wait-scene.ts';

/** A workflow that waits; `remove` makes every process find that it is not there, but its wait, which a removal begun may leave. */
async function orphanedBy(waits: () => Asked) {
  let isGone = false;
  let polls = 0;
  const wrapJournal = (journal: Journal): Journal =>
    onCall(journal, 'readHeads', async (call, [ids]) => (isGone && Array.isArray(ids) ? ids.map(() => null) : call()));
  const poll = () => {
    polls += 1;
    return pending();
  };
  const scene = await WaitScene.open({ waits, poll, wrapJournal });
  const worker = await scene.worker('worker-1');
  const steward = await scene.steward();
  const id = await scene.waitingOrder();
  const remove = (): void => {
    isGone = true;
  };
  return { scene, worker, steward, id, remove, polls: () => polls };
}

describe('a wait whose workflow was removed', () => {
  it('is not polled for ever', async () => {
    const { scene, id, remove, polls } = await orphanedBy(() => waiting({ poll: '1s' }));
    remove();
    const before = polls();
    await scene.until(async () => (await scene.wait(id))?.open === false, 60_000);
    expect(polls()).toBe(before);
    expect(scene.underWay).toBe(0);
  });

  it('is closed when its time is over', async () => {
    const { scene, id, remove } = await orphanedBy(() => waiting({ until: '5s' }));
    remove();
    await scene.until(async () => (await scene.wait(id))?.open === false, 60_000);
    expect(await scene.snapshot(id)).toBeUndefined();
  });

  it('is closed by a notification, which is late', async () => {
    const { scene, id, remove } = await orphanedBy(() => waiting({ notification: 'confirmed' }));
    remove();
    await scene.notify('n-1');
    await scene.until(async () => (await scene.wait(id))?.open === false, 60_000);
    expect(await scene.notifications()).toMatchObject([{ state: 'late', usedBy: id, step: 1 }]);
  });

  it('is closed by its ticket when its step was decided, and who did that has died', async () => {
    const { scene, steward, id, remove } = await orphanedBy(() => waiting({ notification: 'confirmed', until: '20s' }));
    const completed = scene.points.hold('wait-completed', { worker: steward.id });
    await scene.notify('n-1');
    await scene.line.until(completed.reached);
    steward.die();
    remove();
    await scene.until(async () => (await scene.wait(id))?.open === false, 29_000);
  });
});
