// A notification completes one step. Two workflows of one business key, or two waits of one workflow, meet it at the same time, and whoever
// uses it is slow or dies before it is said to be used: the pin keeps it from being used again.
import { describe, expect, it } from '@jest/globals';
import type { PausePoint } from '../../shared/runtime/pause-points.ts';
import { Latch } from '../support/latch.ts';
import { only } from '../support/scene-checks.ts';
import { WaitScene, type WaitSceneOptions } from '../support/wait-scene.ts';

/** Of whom one is the user's, and the other has the same business key. */
interface Two {
  readonly scene: WaitScene;
  readonly user: string;
  readonly other: string;
}

/** The other workflow begins to wait, and cannot be completed by the notification. */
async function otherWaits(scene: WaitScene): Promise<string> {
  const other = await scene.line.start('payment', 'order', {}, 'second');
  await scene.until(async () => (await scene.status(other)) === 'waiting');
  await scene.line.clock.advance(2_000);
  return other;
}

/** One was completed by the notification, the other waits on, and another notification completes that. */
async function expectUsedOnce({ scene, user, other }: Two): Promise<void> {
  await scene.until(async () => (await scene.status(user)) === 'succeeded', 600_000, 1_000);
  await scene.until(async () => scene.underWay === 0, 600_000, 1_000);
  expect(await scene.status(other)).toBe('waiting');
  expect(await scene.notifications()).toMatchObject([{ state: 'used', usedBy: user, step: 1 }]);
  await scene.notify('n-2');
  await scene.until(async () => (await scene.status(other)) === 'succeeded', 600_000, 1_000);
  const users = Object.fromEntries((await scene.notifications()).map(({ eventId, usedBy }) => [eventId, usedBy]));
  expect(users).toEqual({ 'n-1': user, 'n-2': other });
}

/** A notification that a steward is about to use for a workflow that waits. */
async function atSteward(point: PausePoint, dies: boolean): Promise<Two & { release(): void }> {
  const scene = await WaitScene.open();
  const steward = await scene.steward('steward-1');
  await scene.worker('worker-1');
  const user = await scene.waitingOrder();
  const held = scene.points.hold(point, { worker: 'steward-1' });
  await scene.notify('n-1');
  await scene.line.until(held.reached);
  if (dies) steward.die();
  const other = await otherWaits(scene);
  return { scene, user, other, release: () => held.release() };
}

describe.each(['wait-completing', 'wait-completed', 'wait-followed'] as const)(
  'a notification whose steward is at "%s", as another workflow of its key begins to wait',
  (point) => {
    it('is not used for that', async () => {
      const two = await atSteward(point, false);
      two.release();
      await expectUsedOnce(two);
    });

    it('is not used for that when the steward dies, nor refused because it could mean two', async () => {
      const two = await atSteward(point, true);
      await two.scene.steward('steward-2');
      await expectUsedOnce(two);
    });
  },
);

/** A notification that came early, and a worker that begins the wait which it completes. */
async function atWorker(options: WaitSceneOptions = {}): Promise<WaitScene> {
  const scene = await WaitScene.open(options);
  await scene.steward('steward-1');
  await scene.notify('n-1');
  await scene.line.clock.advance(1_000);
  return scene;
}

describe.each(['wait-completing', 'wait-completed', 'wait-followed'] as const)(
  'a kept notification whose worker is at "%s", as another workflow of its key begins to wait',
  (point) => {
    it.each([false, true])('is not used for that (the worker dies: %s)', async (dies) => {
      const scene = await atWorker();
      const held = scene.points.hold(point, { worker: 'worker-1', step: 1 });
      const worker = await scene.worker('worker-1');
      const user = await scene.line.start('payment', 'order');
      await scene.line.until(held.reached);
      if (dies) worker.die();
      else worker.connection.drop();
      await scene.worker('worker-2');
      const other = await otherWaits(scene);
      held.release();
      await expectUsedOnce({ scene, user, other });
    });
  },
);

describe('two who have found the same notification', () => {
  it('at two workers: who pins it second goes on to wait', async () => {
    const late = new Latch();
    const scene = await atWorker({
      wrapJournal: only('worker-1', (journal) => late.holding(journal, 'pinNotifications')),
    });
    await scene.worker('worker-1');
    const id = await scene.line.start('payment', 'order');
    await scene.line.until(late.reached);
    const [found] = await scene.notifications();
    const first = { id: found?._id ?? '', workflowId: 'BBBBBBBBBBBBBBBBBBBBBB', step: 1 };
    await scene.line.journal.pinNotifications([first]);
    late.release();
    await scene.line.clock.advance(5_000);
    expect(await scene.status(id)).toBe('waiting');
    expect(await scene.notifications()).toMatchObject([{ state: 'kept', usedBy: first.workflowId }]);
    await scene.notify('n-2');
    await scene.until(async () => (await scene.status(id)) === 'succeeded');
  });

  it('at a steward and a worker: a refusal because it could mean two gives way to who has pinned it', async () => {
    const late = new Latch();
    const scene = await WaitScene.open({
      wrapJournal: only('steward-1', (journal) => late.holding(journal, 'settleNotifications')),
    });
    const completing = scene.points.hold('wait-completing', { worker: 'worker-1', step: 1 });
    const inserted = scene.points.hold('wait-inserted', { worker: 'worker-1', step: 1 });
    const worker = await scene.worker('worker-1');
    const user = await scene.line.start('payment', 'order');
    await scene.line.until(inserted.reached);
    worker.connection.drop();
    await scene.worker('worker-2');
    const other = await otherWaits(scene);
    await scene.steward('steward-1');
    await scene.notify('n-1');
    // It has found both waits; the first one's worker now finds the notification.
    await scene.line.until(late.reached);
    inserted.release();
    await scene.line.until(completing.reached);
    late.release();
    await scene.line.clock.advance(100);
    completing.release();
    await expectUsedOnce({ scene, user, other });
  });
});
