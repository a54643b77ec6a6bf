// journal.md A6 and A8: see table-a.test.ts.
import { describe, expect, it } from '@jest/globals';
import { completed, retry } from '../../shared/core/outcome.ts';
import { retryParked } from '../../shared/runtime/operator/retry.ts';
import { Latch } from '../support/latch.ts';
import { Scene } from '../support/scene.ts';
import { dieAt, expectSucceeded, fatesOf, undeclared } from '../support/scene-checks.ts';

describe('A6: the attempt is settled', () => {
  it('the fate is durable before the next attempt is sent', async () => {
    const scene = await Scene.open({ pack: () => retry('busy') });
    const id = await scene.parcel();
    await scene.worker('worker-1');
    const recorded = scene.points.hold('recorded', { worker: 'worker-1' });
    await scene.line.until(recorded.reached);
    expect(fatesOf((await scene.line.history(id)).attempts)).toEqual(['failed']);
    expect(scene.sent).toEqual(['intake-1 1/1']);
  });

  it('failed, and the next one was not sent: it is sent now, with the event', async () => {
    const scene = await Scene.open({
      pack: ({ attempt }) => (attempt === 1 ? retry('busy') : completed({ pack: 'done' })),
    });
    const id = await scene.parcel();
    await dieAt(scene, await scene.worker('worker-1'), 'recorded');
    await scene.worker('worker-2');
    await expectSucceeded(scene, id);
    expect(scene.performed).toEqual(['worker-1 pack 1', 'worker-2 pack 2', 'worker-2 send 1']);
    expect(scene.events).toEqual(['started 0', 'retrying 1', 'advanced 1', 'succeeded 2']);
  });

  it('released by a stop, and the next one was not sent: it is sent now, and no budget is spent', async () => {
    const scene = await Scene.open({
      pack: ({ attempt, signal }) =>
        attempt > 1
          ? completed({ pack: 'done' })
          : new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
      limits: { maxAttempts: 1, timeout: '5m' },
    });
    const id = await scene.parcel();
    const holder = await scene.worker('worker-1');
    const recorded = scene.points.hold('recorded', { worker: 'worker-1' });
    await scene.when(() => scene.performed.length > 0);
    void holder.stop();
    await scene.line.until(recorded.reached);
    holder.die();
    await scene.worker('worker-2');
    await expectSucceeded(scene, id);
    expect(fatesOf((await scene.line.history(id)).attempts)).toEqual(['released', undefined]);
  });

  it('and others have gone on: the copy stands for the last attempt, and is adopted by its run', async () => {
    const scene = await Scene.open({
      pack: ({ attempt }) => (attempt === 1 ? retry('busy') : completed({ pack: 'done' })),
    });
    const id = await scene.parcel();
    const deciding = scene.points.hold('performed', { attempt: 2 });
    await scene.worker('worker-1');
    await scene.line.until(deciding.reached);
    const sent = [...scene.sent];
    await scene.send(id, 1, 1);
    await scene.line.clock.advance(2_000);
    expect(scene.atStation('pack')).toBe(2);
    expect(scene.sent).toEqual(sent);
    deciding.release();
    await expectSucceeded(scene, id);
  });

  it('released only after others have gone on from it: its message is not dropped, for the next attempt has none', async () => {
    const scene = await Scene.open({
      pack: ({ attempt, signal }) =>
        attempt > 1
          ? completed({ pack: 'done' })
          : new Promise((_, reject) => {
              signal.addEventListener('abort', () => reject(new Error('aborted')));
            }),
      limits: { timeout: '5m' },
    });
    const id = await scene.parcel();
    const paused = await scene.worker('worker-1');
    await scene.when(() => scene.performed.length > 0);
    paused.pause();
    paused.connection.drop(600_000);
    // The second one takes the first for dead, and goes on as attempt 2 with the message of attempt 1.
    const second = await scene.worker('worker-2');
    const performing = scene.points.hold('performing', { worker: 'worker-2', attempt: 2 });
    await scene.line.until(performing.reached);
    paused.resume();
    await scene.line.until(paused.ended);
    expect(fatesOf((await scene.line.history(id)).attempts)).toEqual(['released', undefined]);
    second.die();
    await scene.worker('worker-3');
    await expectSucceeded(scene, id);
    expect(scene.performed).toEqual(['worker-1 pack 1', 'worker-3 pack 3', 'worker-3 send 1']);
  });
});

describe('A8: the attempt is parked', () => {
  it('head and event, although its worker died before both', async () => {
    const scene = await Scene.open({ pack: undeclared });
    const id = await scene.parcel();
    await dieAt(scene, await scene.worker('worker-1'), 'recorded');
    await scene.worker('worker-2');
    await scene.line.untilDrained();
    expect((await scene.line.history(id)).head.parked).toMatchObject({ step: 1, code: 'outcome-invalid' });
    expect(scene.events).toEqual(['started 0', 'parked 1']);
    expect(scene.performed).toEqual(['worker-1 pack 1']);
  });

  it('a copy that comes after an operator has taken it up changes nothing', async () => {
    const working = new Latch();
    const scene = await Scene.open({
      pack: async ({ attempt }) => {
        if (attempt === 1) return undeclared();
        await working.pass();
        return completed({ pack: 'done' });
      },
    });
    const id = await scene.parcel();
    await scene.worker('worker-1');
    await scene.line.untilDrained();
    await scene.line.until(retryParked(scene.line.addOperator().acting, id));
    await scene.line.until(working.reached);
    await scene.send(id, 1, 1);
    await scene.line.clock.advance(1_000);
    expect((await scene.line.history(id)).head.status).toBe('running');
    working.release();
    await expectSucceeded(scene, id);
  });
});
