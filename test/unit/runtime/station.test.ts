// When a station acknowledges, and what it still takes. Errors of its own are in station.errors.test.ts.
import { describe, expect, it } from '@jest/globals';
import { completed } from '../../../shared/core/outcome.ts';
import type { PausePoint } from '../../../shared/runtime/pause-points.ts';
import { Latch } from '../../support/latch.ts';
import { Scene, type SceneBehaviour } from '../../support/scene.ts';
import { expectSucceeded } from '../../support/scene-checks.ts';

/** Packs when the test lets it. */
const waiting =
  (working: Latch): SceneBehaviour =>
  async () => {
    await working.pass();
    return completed({ pack: 'done' });
  };

describe('a station', () => {
  it.each<PausePoint>([
    'received',
    'claiming',
    'claimed',
    'performing',
    'performed',
    'recorded',
    'announced',
    'followed',
  ])('T1: has not acknowledged its message at "%s"', async (point) => {
    const scene = await Scene.open();
    const id = await scene.parcel();
    const held = scene.points.hold(point, { step: 1 });
    const worker = await scene.worker('worker-1');
    await scene.line.until(held.reached);
    await scene.line.clock.advance(1_000);
    expect(scene.atStation('pack')).toBe(1);
    held.release();
    await expectSucceeded(scene, id);
    expect(scene.atStation('pack')).toBe(0);
    expect(worker.isDead).toBe(false);
  });

  it('T1: acknowledges only when the broker has confirmed what follows', async () => {
    const sending = new Latch();
    const scene = await Scene.open({
      wrapBroker: (broker, { id }) => (id === 'worker-1' ? sending.holding(broker, 'publish') : broker),
    });
    const id = await scene.parcel();
    await scene.worker('worker-1');
    await scene.line.until(sending.reached);
    await scene.line.clock.advance(1_000);
    expect((await scene.line.history(id)).snapshots).toHaveLength(1);
    expect(scene.atStation('pack')).toBe(1);
    sending.release();
    await expectSucceeded(scene, id);
  });

  it('T2: after its close gives back what waits for a slot, unclaimed, and finishes what is under way', async () => {
    const working = new Latch();
    const scene = await Scene.open({ pack: waiting(working), limits: { concurrency: 1 } });
    const first = await scene.parcel('first');
    const second = await scene.parcel('second');
    const worker = await scene.worker('worker-1');
    await scene.line.until(working.reached);
    const stop = worker.stop();
    await scene.line.clock.advance(1_000);
    working.release();
    await scene.line.until(stop);
    expect((await scene.line.history(first)).snapshots).toHaveLength(1);
    expect((await scene.line.history(second)).attempts).toEqual([]);
    expect(scene.atStation('pack')).toBe(1);
    expect(scene.performed).toEqual(['worker-1 pack 1']);
    await scene.worker('worker-2');
    await scene.line.untilDrained();
    expect((await scene.line.audit([first, second])).totals).toMatchObject({ succeeded: 2 });
  });

  it('T2: takes nothing that comes after its close', async () => {
    const working = new Latch();
    const scene = await Scene.open({ pack: waiting(working) });
    await scene.parcel('first');
    const worker = await scene.worker('worker-1');
    await scene.line.until(working.reached);
    const stop = worker.stop();
    await scene.line.clock.advance(1_000);
    const late = await scene.parcel('late');
    await scene.line.clock.advance(1_000);
    working.release();
    await scene.line.until(stop);
    expect((await scene.line.history(late)).attempts).toEqual([]);
    expect(scene.atStation('pack')).toBe(1);
  });
});
