// journal.md A9 and A10: see table-a.test.ts.
import { describe, expect, it } from '@jest/globals';
import { completed, retry } from '../../shared/core/outcome.ts';
import { Latch } from '../support/latch.ts';
import { onCall } from '../support/on-call.ts';
import { Scene } from '../support/scene.ts';
import { dieAt, expectSucceeded, fatesOf } from '../support/scene-checks.ts';

describe('A9: the holder lives', () => {
  it('the same message comes back by the delay ladder, later each time, until the step is decided', async () => {
    const working = new Latch();
    const scene = await Scene.open({
      pack: async () => {
        await working.pass();
        return completed({ pack: 'done' });
      },
      limits: { timeout: '5m' },
    });
    const id = await scene.parcel();
    const holder = await scene.worker('worker-1');
    await scene.line.until(working.reached);
    await scene.worker('worker-2');
    const delays: number[] = [];
    const begunAt = scene.line.clock.monotonic();
    const looks = (): number => scene.points.seen.filter(({ point }) => point === 'inspecting').length;
    holder.connection.drop(600_000);
    for (let look = 1; look <= 7; look += 1) {
      await scene.when(() => looks() >= look);
      delays.push(Math.round((scene.line.clock.monotonic() - begunAt) / 1_000));
    }
    expect(delays).toEqual([0, 1, 3, 7, 15, 31, 61]);
    expect(scene.sent.slice(1)).toEqual(Array.from({ length: 6 }, () => 'worker-2 1/1'));
    working.release();
    await expectSucceeded(scene, id);
    expect(scene.performed).toEqual(['worker-1 pack 1', 'worker-2 send 1']);
  });

  it('a copy that is back before its sending is confirmed is not acknowledged with the run that sent it', async () => {
    const confirm = new Latch();
    const scene = await Scene.open({
      pack: ({ attempt }) => (attempt > 1 ? completed({ pack: 'done' }) : new Promise(() => {})),
      wrapBroker: (broker, { id }) =>
        id === 'worker-2'
          ? onCall(broker, 'publish', async (call) => {
              await call();
              await confirm.pass();
            })
          : broker,
      limits: { timeout: '5m' },
    });
    const id = await scene.parcel();
    const holder = await scene.worker('worker-1');
    await scene.when(() => scene.performed.length > 0);
    await scene.worker('worker-2');
    holder.connection.drop(600_000);
    await scene.line.until(confirm.reached);
    holder.die();
    await scene.line.clock.advance(1_500);
    confirm.release();
    await expectSucceeded(scene, id);
  });
});

describe('A10: the holder is dead', () => {
  it('the step goes on as the next attempt, within the liveness timeout and a second', async () => {
    const scene = await Scene.open();
    const id = await scene.parcel();
    await dieAt(scene, await scene.worker('worker-1'), 'performing');
    const diedAt = scene.line.clock.monotonic();
    await scene.worker('worker-2');
    await scene.when(() => scene.performed.length > 0);
    expect(scene.line.clock.monotonic() - diedAt).toBeLessThanOrEqual(6_000);
    await expectSucceeded(scene, id);
    expect(fatesOf((await scene.line.history(id)).attempts)).toEqual([undefined, undefined]);
  });

  it('a loss spends no budget, but the failures before it count', async () => {
    const scene = await Scene.open({ pack: () => retry('busy'), limits: { maxAttempts: 2 } });
    const id = await scene.parcel();
    const holder = await scene.worker('worker-1');
    const second = scene.points.hold('performing', { attempt: 2 });
    await scene.line.until(second.reached);
    holder.die();
    await scene.worker('worker-2');
    await scene.line.untilDrained();
    const { head, attempts } = await scene.line.history(id);
    expect(fatesOf(attempts)).toEqual(['failed', undefined, 'parked']);
    expect(head.parked).toMatchObject({ code: 'retries-exhausted' });
  });

  it('what may not be repeated is parked, its outcome unknown', async () => {
    const scene = await Scene.open({ limits: { maxAttempts: 1 } });
    const id = await scene.parcel();
    await dieAt(scene, await scene.worker('worker-1'), 'performing');
    await scene.worker('worker-2');
    await scene.line.untilDrained();
    expect((await scene.line.history(id)).head.parked).toMatchObject({ code: 'outcome-unknown' });
    expect(scene.performed).toEqual([]);
  });

  it('after the third loss it is performed alone, and lost while alone it is parked; its neighbours are unharmed', async () => {
    const scene = await Scene.open({
      pack: async ({ businessKey }, worker) => {
        if (businessKey === 'poison') worker.die();
        else await worker.line.clock.sleep(50);
        return completed({ pack: 'done' });
      },
    });
    const innocents = [await scene.parcel('innocent-1'), await scene.parcel('innocent-2')];
    const poison = await scene.parcel('poison');
    // As a platform does: a worker that has died is started again.
    for (let life = 1; !scene.line.isDrained; life += 1) {
      const worker = await scene.worker(`worker-${life}`);
      await scene.when(() => worker.isDead || scene.line.isDrained);
    }
    const { head, attempts } = await scene.line.history(poison);
    expect(head.parked).toMatchObject({ code: 'lost-alone' });
    expect(attempts.map(({ alone }) => alone ?? false)).toEqual([false, false, false, true]);
    for (const id of innocents) expect((await scene.line.history(id)).head.status).toBe('succeeded');
    expect((await scene.line.audit([poison, ...innocents])).violations).toEqual([]);
  });
});
