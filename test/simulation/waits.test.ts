// Waits on a whole line in virtual time: what completes them, what comes too early, twice, too late or wrong.
import { describe, expect, it } from '@jest/globals';
import { completed, failed, pending, waiting } from '../../shared/core/outcome.ts';
import { WaitScene } from '../support/wait-scene.ts';

const DAY_MS = 86_400_000;

describe('a wait', () => {
  it('is completed by its notification, whose payload is the change set', async () => {
    const scene = await WaitScene.open();
    await scene.worker('worker-1');
    await scene.steward();
    const id = await scene.waitingOrder();
    await scene.notify('n-1');
    await scene.until(async () => (await scene.status(id)) === 'succeeded');
    expect(await scene.snapshot(id)).toMatchObject({ by: 'notification', changes: { bank: 'bank' }, attempt: 1 });
    expect(await scene.notifications()).toMatchObject([{ state: 'used', step: 1, usedBy: id }]);
    expect(await scene.wait(id)).toMatchObject({ open: false });
    expect(scene.events).toEqual(['started 0', 'waiting 1', 'resumed 1', 'advanced 1', 'succeeded 2']);
    expect(scene.underWay).toBe(0);
  });

  it('is completed by a poll, that asks again with growing pauses until then', async () => {
    const asked: number[] = [];
    const scene = await WaitScene.open({
      waits: () => waiting({ poll: '1s' }),
      poll: ({ poll }) => {
        asked.push(scene.line.clock.now());
        return poll < 4 ? pending() : completed({ bank: 'polled' });
      },
      polling: { backoff: '10s' },
    });
    await scene.worker('worker-1');
    const id = await scene.waitingOrder();
    await scene.until(async () => (await scene.status(id)) === 'succeeded');
    expect(await scene.snapshot(id)).toMatchObject({ by: 'poll', changes: { bank: 'polled' } });
    const pauses = asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
    expect(pauses.map((ms, index) => ms >= 5_000 * 2 ** index && ms <= 10_500 * 2 ** index)).toEqual([
      true,
      true,
      true,
    ]);
    expect(await scene.wait(id)).toMatchObject({ ticket: 4, polls: 3, open: false });
    expect(scene.underWay).toBe(0);
  });

  it('ends with the failure that it named when its time is over', async () => {
    const scene = await WaitScene.open({
      waits: () => waiting({ notification: 'confirmed', until: '1h', otherwise: 'unpaid' }),
    });
    await scene.worker('worker-1');
    const id = await scene.waitingOrder();
    await scene.line.clock.advance(3_590_000);
    expect(await scene.status(id)).toBe('waiting');
    await scene.until(async () => (await scene.status(id)) === 'failed', 60_000);
    expect(await scene.snapshot(id)).toMatchObject({ by: 'deadline', failure: { code: 'unpaid' } });
  });

  it('is a timer without a failure: from 100 ms to 300 days', async () => {
    for (const [until, ms] of [
      ['100ms', 100],
      ['1s', 1_000],
      ['300d', 300 * DAY_MS],
    ] as const) {
      const scene = await WaitScene.open({ waits: () => waiting({ until }) });
      const first = await scene.worker('worker-1');
      const begunAt = scene.line.clock.now();
      const id = await scene.line.start('payment', 'order');
      if (ms > DAY_MS) {
        // No worker is needed meanwhile: what waits occupies nobody.
        await scene.until(async () => (await scene.wait(id))?.published === true);
        await scene.line.until(first.stop());
        await scene.line.clock.advance(ms - 60_000);
        await scene.worker('worker-2');
      }
      await scene.until(async () => (await scene.status(id)) === 'succeeded', 120_000);
      const snapshot = await scene.snapshot(id);
      expect(snapshot).toMatchObject({ by: 'deadline', changes: {} });
      const tookMs = (snapshot?.at.getTime() ?? 0) - begunAt;
      expect(tookMs).toBeGreaterThanOrEqual(ms);
      expect(tookMs).toBeLessThan(ms + 1_000);
    }
  });

  it('takes the declared failure of a poll', async () => {
    const scene = await WaitScene.open({ waits: () => waiting({ poll: '1s' }), poll: () => failed('unpaid', 'no') });
    await scene.worker('worker-1');
    const id = await scene.waitingOrder();
    await scene.until(async () => (await scene.status(id)) === 'failed');
    expect(await scene.snapshot(id)).toMatchObject({ by: 'poll', failure: { code: 'unpaid', message: 'no' } });
  });
});
