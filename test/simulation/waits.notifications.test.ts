// Notifications that come early, twice, too late, wrong, or for whom is not clear.
import { describe, expect, it } from '@jest/globals';
import { completed, waiting } from '../../shared/core/outcome.ts';
import { nearMisses } from '../../shared/runtime/near-misses.ts';
import { WaitScene } from '../support/wait-scene.ts';

const ended = (scene: WaitScene, id: string) =>
  scene.until(async () => ['succeeded', 'failed'].includes((await scene.status(id)) ?? ''));

const settled = (scene: WaitScene, count: number) =>
  scene.until(async () => (await scene.notifications()).filter(({ state }) => state !== 'kept').length === count);

describe('a notification', () => {
  it('that comes before its workflow has started is kept until the wait begins', async () => {
    const scene = await WaitScene.open();
    await scene.steward();
    await scene.notify('n-1');
    await scene.line.clock.advance(60_000);
    expect(await scene.notifications()).toMatchObject([{ state: 'kept' }]);
    await scene.worker('worker-1');
    const id = await scene.line.start('payment', 'order');
    await ended(scene, id);
    expect(await scene.snapshot(id)).toMatchObject({ by: 'notification', changes: { bank: 'bank' } });
    expect(await scene.notifications()).toMatchObject([{ state: 'used', usedBy: id, step: 1 }]);
  });

  it('finds its workflow by id as well as by business key', async () => {
    const scene = await WaitScene.open();
    await scene.worker('worker-1');
    await scene.steward();
    const one = await scene.waitingOrder('one');
    const other = await scene.waitingOrder('other');
    // A workflow of this id has another business key: the id says it all.
    await scene.notify('n-1', { workflowId: other });
    await ended(scene, other);
    expect(await scene.status(one)).toBe('waiting');
  });

  it('that comes twice, together and again after the end, completes once and is one', async () => {
    const scene = await WaitScene.open();
    await scene.worker('worker-1');
    await scene.steward();
    await scene.steward();
    const id = await scene.waitingOrder();
    await Promise.all([scene.notify('n-1'), scene.notify('n-1')]);
    await ended(scene, id);
    await scene.notify('n-1');
    await scene.line.clock.advance(1_000);
    expect(await scene.notifications()).toMatchObject([{ state: 'used' }]);
    expect((await scene.line.history(id)).snapshots).toHaveLength(2);
    expect(scene.underWay).toBe(0);
  });

  it('is used once: a later workflow of the same key is not completed by it', async () => {
    const scene = await WaitScene.open();
    await scene.worker('worker-1');
    await scene.steward();
    const one = await scene.waitingOrder();
    await scene.notify('n-1');
    await ended(scene, one);
    const other = await scene.line.start('payment', 'order', {}, 'second');
    await scene.until(async () => (await scene.status(other)) === 'waiting');
    await scene.notify('n-1');
    await scene.line.clock.advance(5_000);
    expect(await scene.status(other)).toBe('waiting');
    expect(await scene.notifications()).toMatchObject([{ state: 'used', usedBy: one }]);
  });

  it('of two that fit one wait completes it, and the other is late', async () => {
    const scene = await WaitScene.open();
    await scene.worker('worker-1');
    await scene.steward();
    const id = await scene.waitingOrder();
    await scene.notify('n-1', {}, 'first');
    await ended(scene, id);
    await scene.notify('n-2', {}, 'second');
    await settled(scene, 2);
    const states = Object.fromEntries((await scene.notifications()).map(({ eventId, state }) => [eventId, state]));
    expect(states).toEqual({ 'n-1': 'used', 'n-2': 'late' });
    expect(await scene.snapshot(id)).toMatchObject({ changes: { bank: 'first' } });
  });

  it('of two that were kept the older one is used, and the other stays unused', async () => {
    const scene = await WaitScene.open();
    await scene.steward();
    await scene.notify('n-1', {}, 'first');
    await scene.line.clock.advance(1_000);
    await scene.notify('n-2', {}, 'second');
    await scene.line.clock.advance(1_000);
    await scene.worker('worker-1');
    const id = await scene.line.start('payment', 'order');
    await ended(scene, id);
    expect(await scene.snapshot(id)).toMatchObject({ changes: { bank: 'first' } });
    const states = Object.fromEntries((await scene.notifications()).map(({ eventId, state }) => [eventId, state]));
    expect(states).toEqual({ 'n-1': 'used', 'n-2': 'kept' });
  });

  it('is late when a poll came first, also after the wait is closed', async () => {
    const scene = await WaitScene.open({
      waits: () => waiting({ notification: 'confirmed', poll: '1s' }),
      poll: () => completed({ bank: 'polled' }),
    });
    await scene.worker('worker-1');
    await scene.steward();
    const id = await scene.waitingOrder();
    await ended(scene, id);
    await scene.notify('n-1');
    await settled(scene, 1);
    expect(await scene.notifications()).toMatchObject([{ state: 'late', usedBy: id, step: 1 }]);
  });

  it('that does not fit is refused with the field, and the wait goes on', async () => {
    const scene = await WaitScene.open();
    await scene.worker('worker-1');
    await scene.steward();
    const id = await scene.waitingOrder();
    await scene.notify('n-1', { data: { bank: 7 } });
    await settled(scene, 1);
    const [refused] = await scene.notifications();
    expect(refused).toMatchObject({ state: 'refused', step: 1 });
    expect(refused?.reason).toContain('bank');
    expect(await scene.status(id)).toBe('waiting');
    await scene.notify('n-2');
    await ended(scene, id);
  });

  it('that was kept and does not fit is refused when the wait begins, and the next one is taken', async () => {
    const scene = await WaitScene.open();
    await scene.steward();
    await scene.notify('n-1', { data: { bank: 7 } });
    await scene.line.clock.advance(1_000);
    await scene.notify('n-2', {}, 'right');
    await scene.line.clock.advance(1_000);
    await scene.worker('worker-1');
    const id = await scene.line.start('payment', 'order');
    await ended(scene, id);
    expect(await scene.snapshot(id)).toMatchObject({ changes: { bank: 'right' } });
    const states = Object.fromEntries((await scene.notifications()).map(({ eventId, state }) => [eventId, state]));
    expect(states).toEqual({ 'n-1': 'refused', 'n-2': 'used' });
  });

  it('that leads nowhere is refused, and its workflow is parked once', async () => {
    const scene = await WaitScene.open();
    await scene.worker('worker-1');
    await scene.steward();
    const id = await scene.waitingOrder('order', { much: 'x'.repeat(40_000) });
    await scene.notify('n-1', { data: { bank: 'x'.repeat(40_000) } });
    await scene.until(async () => (await scene.wait(id))?.open === false);
    expect(await scene.status(id)).toBe('parked');
    const { attempts, snapshots } = await scene.line.history(id);
    expect(attempts.map(({ fate, code }) => [fate, code])).toEqual([
      ['waiting', undefined],
      ['parked', 'data-too-large'],
    ]);
    expect(snapshots).toEqual([]);
    expect(await scene.notifications()).toMatchObject([{ state: 'refused' }]);
  });

  it('whose business key fits two waits is refused with the list', async () => {
    const scene = await WaitScene.open();
    await scene.worker('worker-1');
    await scene.steward();
    const one = await scene.waitingOrder('order');
    // The same business key, of another event.
    const other = await scene.line.start('payment', 'order', {}, 'second');
    await scene.until(async () => (await scene.status(other)) === 'waiting');
    await scene.notify('n-1');
    await settled(scene, 1);
    const [refused] = await scene.notifications();
    expect(refused?.state).toBe('refused');
    expect(refused?.reason).toContain(one);
    expect(refused?.reason).toContain(other);
    expect([await scene.status(one), await scene.status(other)]).toEqual(['waiting', 'waiting']);
  });

  it('that nothing waits for is kept, and listed with what it may have been meant for', async () => {
    const scene = await WaitScene.open();
    await scene.worker('worker-1');
    await scene.steward();
    const id = await scene.waitingOrder();
    await scene.notify('n-1', { name: 'other', data: {} });
    await scene.line.clock.advance(1_000);
    const [kept] = await scene.notifications();
    if (!kept) throw new Error('no notification');
    expect(kept.state).toBe('kept');
    const near = await nearMisses(scene.line.journal, kept);
    expect(near.map(({ workflowId, waitsFor }) => [workflowId, waitsFor])).toEqual([[id, 'confirmed']]);
  });
});
