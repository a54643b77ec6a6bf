// One ticket per wait, whatever is redelivered, doubled, dies or is lost; and none is replaced that merely stands in a queue.
import { describe, expect, it } from '@jest/globals';
import { completed, pending, waiting } from '../../shared/core/outcome.ts';
import type { PausePoint } from '../../shared/runtime/pause-points.ts';
import { NAMESPACE } from '../support/test-process.ts';
import { WaitScene } from '../support/wait-scene.ts';

const slowlyPolled = { waits: () => waiting({ poll: '1s' }), polling: { backoff: '60s', maxBackoff: '60s' } } as const;
const polled = (scene: WaitScene, id: string, polls: number) =>
  scene.until(async () => ((await scene.wait(id))?.polls ?? 0) >= polls, 600_000);

describe('the ticket of a wait', () => {
  it.each(['recorded', 'wait-inserted', 'wait-shown', 'ticket-sent', 'followed'] as const)(
    'goes out once although the worker that begins the wait dies at %s',
    async (point) => {
      const scene = await WaitScene.open(slowlyPolled);
      const first = await scene.worker('worker-1');
      scene.points.once(point, { worker: 'worker-1' }, () => {
        first.die();
        return undefined;
      });
      const id = await scene.line.start('payment', 'order');
      await scene.line.clock.runUntil(() => first.isDead, 10_000);
      await scene.worker('worker-2');
      await polled(scene, id, 2);
      await scene.line.clock.advance(2_000);
      expect(await scene.wait(id)).toMatchObject({ ticket: 3, published: true, attempt: 1 });
      expect(await scene.status(id)).toBe('waiting');
      expect(scene.underWay).toBe(1);
    },
  );

  it.each(['polled', 'ticket-advanced', 'ticket-sent'] as const)(
    'stays one although the worker that has polled dies at %s',
    async (point) => {
      const scene = await WaitScene.open(slowlyPolled);
      const first = await scene.worker('worker-1');
      const id = await scene.waitingOrder();
      await scene.until(async () => (await scene.wait(id))?.published === true);
      scene.points.once(point, { worker: 'worker-1' }, () => {
        first.die();
        return undefined;
      });
      await scene.line.clock.runUntil(() => first.isDead, 10_000);
      await scene.worker('worker-2');
      await polled(scene, id, 3);
      await scene.line.clock.advance(2_000);
      expect(await scene.wait(id)).toMatchObject({ ticket: 4, published: true });
      expect(scene.underWay).toBe(1);
    },
  );

  it('is not doubled by a dropped connection: both ask, one ticket follows', async () => {
    const scene = await WaitScene.open(slowlyPolled);
    const first = await scene.worker('worker-1');
    const id = await scene.waitingOrder();
    const one = scene.points.hold('polled', { worker: 'worker-1' });
    const other = scene.points.hold('polled', { worker: 'worker-2' });
    await scene.line.until(one.reached);
    await scene.worker('worker-2');
    first.connection.drop();
    await scene.line.until(other.reached);
    one.release();
    other.release();
    await scene.line.clock.advance(10_000);
    expect(await scene.wait(id)).toMatchObject({ ticket: 2, published: true, polls: 1 });
    expect(scene.underWay).toBe(1);
  });

  it('is not doubled by a copy that came back after a mistake of the engine: it looks again first', async () => {
    const scene = await WaitScene.open(slowlyPolled);
    await scene.worker('worker-1');
    const id = await scene.waitingOrder();
    const advanced = scene.points.hold('ticket-advanced', { worker: 'worker-1' });
    await scene.line.until(advanced.reached);
    const other = await scene.worker('worker-2');
    const wait = await scene.wait(id);
    if (!wait) throw new Error('no wait');
    // One for each worker: the first one's merges with what it holds.
    for (let copy = 0; copy < 2; copy += 1)
      await scene.sendTicket({ ...wait, ticket: 1 }, 0, { 'conveyor-returns': 1 });
    await scene.line.clock.advance(500);
    expect(await scene.wait(id)).toMatchObject({ ticket: 2, published: false });
    advanced.release();
    await scene.line.clock.advance(5_000);
    expect(other.isDead).toBe(false);
    expect(await scene.wait(id)).toMatchObject({ ticket: 2, published: true });
    expect(scene.underWay).toBe(1);
  });

  it('is out: a late copy of the message that began the wait finds nothing missing, and sends none', async () => {
    const scene = await WaitScene.open(slowlyPolled);
    await scene.worker('worker-1');
    const id = await scene.waitingOrder();
    await scene.until(async () => (await scene.wait(id))?.published === true);
    const wait = await scene.wait(id);
    if (!wait) throw new Error('no wait');
    await scene.sendAgain(wait);
    await scene.line.clock.advance(200);
    expect(scene.underWay).toBe(1);
    await polled(scene, id, 1);
    await scene.sendAgain(wait);
    await scene.line.clock.advance(2_000);
    expect(scene.underWay).toBe(1);
  });

  it('merges with its copies', async () => {
    let polls = 0;
    const scene = await WaitScene.open({
      ...slowlyPolled,
      poll: () => {
        polls += 1;
        return pending();
      },
    });
    await scene.worker('worker-1');
    await scene.worker('worker-2');
    const id = await scene.waitingOrder();
    const wait = await scene.wait(id);
    if (!wait) throw new Error('no wait');
    for (let copy = 0; copy < 5; copy += 1) await scene.sendTicket(wait, 1_000);
    await scene.line.clock.advance(10_000);
    expect(scene.underWay).toBe(1);
    expect(await scene.wait(id)).toMatchObject({ ticket: 2 });
    expect(polls).toBeLessThanOrEqual(2); // one by each worker at most
    await polled(scene, id, 2);
    await scene.line.clock.advance(2_000);
    expect(scene.underWay).toBe(1);
  });

  it('with another number than the one that counts has nothing to say', async () => {
    let polls = 0;
    const scene = await WaitScene.open({
      ...slowlyPolled,
      poll: () => {
        polls += 1;
        return pending();
      },
    });
    await scene.worker('worker-1');
    const id = await scene.waitingOrder();
    await polled(scene, id, 1);
    const wait = await scene.wait(id);
    if (!wait) throw new Error('no wait');
    await scene.sendTicket({ ...wait, ticket: 1 }, 0);
    await scene.sendTicket({ ...wait, ticket: 7 }, 0);
    await scene.line.clock.advance(5_000);
    expect(polls).toBe(1);
    expect(scene.underWay).toBe(1);
  });

  it('that comes before its time, by another clock, is sent again for the rest of it', async () => {
    const scene = await WaitScene.open({ waits: () => waiting({ until: '60s' }) });
    await scene.worker('worker-1');
    const id = await scene.waitingOrder();
    const wait = await scene.wait(id);
    if (!wait) throw new Error('no wait');
    await scene.loseLadder();
    await scene.sendTicket(wait, 0);
    await scene.line.clock.advance(50_000);
    expect(await scene.status(id)).toBe('waiting');
    await scene.until(async () => (await scene.status(id)) === 'succeeded', 20_000);
  });
});

describe('the round over overdue waits', () => {
  it('sends a lost ticket again', async () => {
    const scene = await WaitScene.open({ waits: () => waiting({ until: '60s' }) });
    await scene.worker('worker-1');
    await scene.steward();
    const id = await scene.waitingOrder();
    await scene.until(async () => (await scene.wait(id))?.published === true);
    await scene.loseLadder();
    await scene.until(async () => (await scene.status(id)) === 'succeeded', 300_000, 500);
    expect(await scene.snapshot(id)).toMatchObject({ by: 'deadline' });
    expect(scene.underWay).toBe(0);
  });

  it('follows through what was decided by who died over it, and only then closes the wait', async () => {
    const points: readonly PausePoint[] = ['wait-completed', 'announced', 'wait-followed'];
    for (const point of points) {
      const scene = await WaitScene.open({
        waits: () => waiting({ poll: '1s' }),
        poll: () => completed({ bank: 'polled' }),
      });
      const first = await scene.worker('worker-1');
      scene.points.once(point, { worker: 'worker-1', step: 1 }, () => {
        first.die();
        return undefined;
      });
      const id = await scene.waitingOrder();
      await scene.line.clock.runUntil(() => first.isDead, 10_000);
      expect(await scene.wait(id)).toMatchObject({ open: true });
      await scene.loseQueue();
      await scene.worker('worker-2');
      await scene.steward();
      await scene.until(async () => (await scene.wait(id))?.open === false, 300_000, 500);
      // What was sent on and lost is for another round of the steward.
      if (point !== 'wait-followed') {
        await scene.until(async () => (await scene.status(id)) === 'succeeded', 300_000, 500);
      }
    }
  });

  it('sends nothing while tickets stand in the queue: they are late, and not lost', async () => {
    const scene = await WaitScene.open({ waits: () => waiting({ until: '60s' }) });
    const first = await scene.worker('worker-1');
    const ids: string[] = [];
    for (let number = 0; number < 20; number += 1) ids.push(await scene.waitingOrder(`order-${number}`));
    await scene.line.clock.advance(1_000);
    await scene.line.until(first.stop());
    await scene.steward();
    await scene.line.clock.advance(6 * 3_600_000);
    expect(scene.line.server.depths().get(`${NAMESPACE}.wait.ask`)).toEqual({ ready: 20, unacknowledged: 0 });
    await scene.worker('worker-2');
    await scene.until(async () => (await scene.status(ids[19] ?? '')) === 'succeeded');
  });
});
