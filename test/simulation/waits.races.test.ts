// Who completes a wait, when several come at once, in every order, and whoever of them dies: one completion, the losers recorded.
import { describe, expect, it } from '@jest/globals';
import { completed, waiting } from '../../shared/core/outcome.ts';
import type { PausePoint } from '../../shared/runtime/pause-points.ts';
import type { TestProcess } from '../support/test-process.ts';
import { WaitScene } from '../support/wait-scene.ts';

const COMPETITORS = ['notification', 'poll', 'deadline'] as const;
type Competitor = (typeof COMPETITORS)[number];
const HOLDERS = { notification: 'steward-1', poll: 'worker-1', deadline: 'worker-2' } as const;

const ORDERS = COMPETITORS.flatMap((first) =>
  COMPETITORS.filter((second) => second !== first).map((second) => {
    const third = COMPETITORS.find((one) => one !== first && one !== second) ?? first;
    return [first, second, third] as const;
  }),
);
/** Where the first of them dies; `undefined`: nowhere. */
const DEATHS = [undefined, 'wait-completing', 'wait-completed', 'announced', 'wait-followed'] as const;

/** Everything is over: nothing is on its way, the workflow has ended, its wait is closed, and what it is told by agrees. */
async function expectOver(scene: WaitScene, id: string): Promise<void> {
  await scene.until(async () => ['succeeded', 'failed'].includes((await scene.status(id)) ?? ''), 600_000, 1_000);
  await scene.until(async () => (await scene.wait(id))?.open === false && scene.underWay === 0, 600_000, 1_000);
  const { snapshots, attempts } = await scene.line.history(id);
  expect(snapshots.map(({ step }) => step)).toEqual(snapshots.map((_, index) => index + 1));
  expect(attempts.filter(({ step }) => step === 1).map(({ fate }) => fate)).toEqual(['waiting']);
  const [first] = snapshots;
  for (const notification of await scene.notifications()) {
    expect(notification).toMatchObject({ state: first?.notification === notification._id ? 'used' : 'late', step: 1 });
  }
  expect(scene.events.indexOf('waiting 1')).toBeLessThan(scene.events.indexOf('resumed 1'));
}

/** A notification, a poll's answer and the end of the time, each about to decide the step. */
async function allAtOnce(): Promise<{ scene: WaitScene; id: string; processes: Map<Competitor, TestProcess> }> {
  const scene = await WaitScene.open({
    waits: () => waiting({ notification: 'confirmed', poll: '1s', until: '2s', otherwise: 'unpaid' }),
    poll: () => completed({ bank: 'polled' }),
  });
  const polling = await scene.worker('worker-1');
  const id = await scene.waitingOrder();
  return { scene, id, processes: new Map([['poll', polling]]) };
}

describe('a notification, a poll and the time, at once', () => {
  for (const order of ORDERS) {
    // What ends the workflow passes no successor's announcement.
    for (const death of order[0] === 'deadline' ? DEATHS.filter((point) => point !== 'announced') : DEATHS) {
      it(`in the order ${order.join(', ')}${death ? `, where the first dies at ${death}` : ''}: one completes it`, async () => {
        const { scene, id, processes } = await allAtOnce();
        const held = {
          poll: scene.points.hold('wait-completing', { worker: HOLDERS.poll }),
          notification: scene.points.hold('wait-completing', { worker: HOLDERS.notification }),
          deadline: scene.points.hold('wait-completing', { worker: HOLDERS.deadline }),
        };
        await scene.line.until(held.poll.reached);
        processes.set('notification', await scene.steward(HOLDERS.notification));
        await scene.notify('n-1');
        await scene.line.until(held.notification.reached);
        processes.set('deadline', await scene.worker(HOLDERS.deadline));
        await scene.line.clock.advance(2_000);
        // The ticket comes to the other worker: the first one's connection is gone, but it goes on.
        processes.get('poll')?.connection.drop();
        await scene.line.until(held.deadline.reached);

        const [first, ...others] = order;
        const victim = processes.get(first);
        if (death === 'wait-completing') victim?.die();
        else if (death) dieAt(scene, HOLDERS[first], death, victim);
        held[first].release();
        await scene.line.clock.advance(100);
        expect(victim?.isDead).toBe(death !== undefined);
        for (const other of others) {
          held[other].release();
          await scene.line.clock.advance(100);
        }
        await scene.steward('steward-9');
        await scene.worker('worker-9');
        await expectOver(scene, id);
        const winner = death === 'wait-completing' ? others[0] : first;
        expect(await scene.snapshot(id)).toMatchObject({ by: winner });
        expect(await scene.status(id)).toBe(winner === 'deadline' ? 'failed' : 'succeeded');
      });
    }
  }
});

function dieAt(scene: WaitScene, worker: string, point: PausePoint, victim: TestProcess | undefined): void {
  scene.points.once(point, { worker, step: 1 }, () => {
    victim?.die();
    return undefined;
  });
}

/** Where the worker stands that begins the wait, when the notification comes. */
const BEGINNINGS = ['performing', 'recorded', 'wait-inserted', 'wait-shown', 'followed'] as const;
/** Who dies where, while both are at it. */
const CRASHES: readonly (readonly [string, PausePoint] | undefined)[] = [
  undefined,
  ['worker-1', 'recorded'],
  ['worker-1', 'wait-inserted'],
  ['worker-1', 'wait-shown'],
  ['worker-1', 'wait-completing'],
  ['worker-1', 'wait-completed'],
  ['worker-1', 'wait-followed'],
  ['worker-1', 'followed'],
  ['steward-1', 'notification-kept'],
  ['steward-1', 'wait-completing'],
  ['steward-1', 'wait-completed'],
  ['steward-1', 'announced'],
  ['steward-1', 'wait-followed'],
];

describe('a notification that comes while its wait begins', () => {
  for (const at of BEGINNINGS) {
    for (const crash of CRASHES) {
      const dying = crash ? `, and ${crash[0]} dies at ${crash[1]}` : '';
      it(`at "${at}"${dying}: completes it once`, async () => {
        const scene = await WaitScene.open();
        const steward = await scene.steward('steward-1');
        const begun = scene.points.hold(at, { worker: 'worker-1', step: 1 });
        const worker = await scene.worker('worker-1');
        const id = await scene.line.start('payment', 'order');
        await scene.line.until(begun.reached);
        if (crash) dieAt(scene, crash[0], crash[1], crash[0] === 'worker-1' ? worker : steward);
        await scene.notify('n-1');
        await scene.line.clock.advance(200);
        begun.release();
        await scene.line.clock.advance(200);
        await scene.steward('steward-9');
        await scene.worker('worker-9');
        await expectOver(scene, id);
        expect(await scene.snapshot(id)).toMatchObject({ by: 'notification', changes: { bank: 'bank' } });
        expect(await scene.status(id)).toBe('succeeded');
      });
    }
  }

  it('both insert first and look second: it is found whoever is held between the two', async () => {
    for (const release of ['worker first', 'steward first'] as const) {
      const scene = await WaitScene.open();
      await scene.steward('steward-1');
      const kept = scene.points.hold('notification-kept', { worker: 'steward-1' });
      const inserted = scene.points.hold('wait-inserted', { worker: 'worker-1' });
      await scene.worker('worker-1');
      const id = await scene.line.start('payment', 'order');
      await scene.notify('n-1');
      await scene.line.until(Promise.all([kept.reached, inserted.reached]));
      const order = release === 'worker first' ? [inserted, kept] : [kept, inserted];
      for (const held of order) {
        held.release();
        await scene.line.clock.advance(200);
      }
      await expectOver(scene, id);
      expect(await scene.snapshot(id)).toMatchObject({ by: 'notification' });
    }
  });

  it('that began after the notification was kept, and before anybody looked for it, finds it', async () => {
    const scene = await WaitScene.open();
    await scene.steward('steward-1');
    const kept = scene.points.hold('notification-kept', { worker: 'steward-1' });
    const id = await scene.line.start('payment', 'order');
    await scene.notify('n-1');
    await scene.line.until(kept.reached);
    await scene.worker('worker-1');
    await scene.until(async () => (await scene.wait(id)) !== null);
    await scene.line.clock.advance(200);
    kept.release();
    await expectOver(scene, id);
    expect(await scene.snapshot(id)).toMatchObject({ by: 'notification' });
  });

  it('leaves a head that does not say "waiting", when it was completed before that was written', async () => {
    const scene = await WaitScene.open();
    await scene.steward('steward-1');
    const inserted = scene.points.hold('wait-inserted', { worker: 'worker-1' });
    const shipping = scene.points.hold('performing', { worker: 'worker-1', step: 2 });
    await scene.worker('worker-1');
    const id = await scene.line.start('payment', 'order');
    await scene.line.until(inserted.reached);
    await scene.notify('n-1');
    await scene.line.until(shipping.reached);
    inserted.release();
    await scene.line.clock.advance(200);
    expect(await scene.status(id)).toBe('running');
    shipping.release();
    await expectOver(scene, id);
  });
});
