import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { queueName } from '../../../shared/contract/topology.ts';
import { defineAction } from '../../../shared/core/define-action.ts';
import { completed } from '../../../shared/core/outcome.ts';
import { Worker } from '../../../shared/runtime/worker.ts';
import { Latch } from '../../support/latch.ts';
import { onCall } from '../../support/on-call.ts';
import { Scene, type SceneBehaviour } from '../../support/scene.ts';
import { expectSucceeded, fatesOf, only } from '../../support/scene-checks.ts';
import { stressService } from '../../support/service-stress.ts';
import { parcelWorkflow, testAction } from '../../support/test-actions.ts';
import { LIVENESS_TIMEOUT_MS, TestLine } from '../../support/test-line.ts';
import { NAMESPACE, TestProcess } from '../../support/test-process.ts';

const ACTIONS = [testAction('pack'), testAction('send')];

/** Works until it is asked to give up; the next attempt is done at once. */
const obedient: SceneBehaviour = ({ attempt, signal }) =>
  attempt > 1
    ? completed({ pack: 'done' })
    : new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      });

const consumersOf = (line: TestLine): Promise<(number | null)[]> =>
  Promise.all(ACTIONS.map(({ name }) => line.broker.depth(queueName.work(NAMESPACE, name))));

describe('a worker that starts', () => {
  it('has published its contracts and has its heartbeat before it takes the first message', async () => {
    const order: string[] = [];
    const line = new TestLine({
      wrapJournal: (journal) => {
        const noted = (port: typeof journal, method: 'writeStation' | 'join') =>
          onCall(port, method, async (call) => {
            await call();
            order.push(method);
          });
        return noted(noted(journal, 'writeStation'), 'join');
      },
      wrapBroker: (broker) =>
        onCall(broker, 'consume', (call) => {
          order.push('consume');
          return call();
        }),
    });
    await line.prepare([parcelWorkflow()]);
    await line.addWorker(ACTIONS);
    // Of each action the queue for work, and that for its waits.
    expect(order).toEqual(['writeStation', 'writeStation', 'join', 'consume', 'consume', 'consume', 'consume']);
    expect(await consumersOf(line)).toEqual([0, 0]);
  });

  it('refuses an action that no longer fits a registered definition, and leaves nothing behind', async () => {
    const line = new TestLine();
    await line.prepare([parcelWorkflow()]);
    // The definition counts on the failure `refused`.
    const changed = defineAction({
      name: 'pack',
      input: z.object({}),
      changes: z.object({ pack: z.string() }),
      run: () => Promise.resolve(completed({ pack: 'done' })),
    });
    const { started, process } = line.launchWorker([changed]);
    await expect(line.until(started)).rejects.toMatchObject({
      code: 'contract-conflict',
      details: { action: 'pack', workflow: 'parcel', version: 1 },
    });
    expect(process.isDead).toBe(true);
    expect(line.store.heartbeats.size).toBe(0);
    expect(await line.journal.listStations()).toEqual([]);
  });

  it('can be stopped meanwhile, and does not work afterwards', async () => {
    const joining = new Latch();
    const line = new TestLine({ wrapJournal: (journal) => joining.holding(journal, 'join') });
    await line.prepare([parcelWorkflow()]);
    const { worker, started } = launch(line);
    started.catch(() => {}); // told below
    await line.until(joining.reached);
    const stopped = worker.stop();
    joining.release();
    await line.until(stopped);
    await expect(started).rejects.toMatchObject({ code: 'stopped' });
    expect(worker.started).toBe(false);
    expect(line.store.heartbeats.size).toBe(0);
  });

  it('starts once: its id has had its life', async () => {
    const line = new TestLine();
    await line.prepare([parcelWorkflow()]);
    const { worker, started } = launch(line);
    await line.until(started);
    await line.until(worker.stop());
    await expect(line.until(worker.start())).rejects.toMatchObject({ code: 'stopped' });
  });

  it('bears being started and stopped by many at once', async () => {
    const line = new TestLine();
    await line.prepare([parcelWorkflow()]);
    await stressService(() => workerOn(new TestProcess(`worker-${line.random.id()}`, line)));
    expect(line.store.heartbeats.size).toBe(0);
  });
});

describe('a worker that stops', () => {
  it('lets what is under way finish within the grace', async () => {
    const scene = await Scene.open({
      pack: async (_, { line }) => {
        await line.clock.sleep(8_000);
        return completed({ pack: 'done' });
      },
    });
    const id = await scene.parcel();
    const worker = await scene.worker('worker-1');
    await scene.when(() => scene.performed.length > 0);
    await scene.line.until(worker.stop());
    expect((await scene.line.history(id)).snapshots).toHaveLength(1);
    expect(scene.line.store.heartbeats.size).toBe(0);
    await scene.worker('worker-2');
    await expectSucceeded(scene, id);
    expect(scene.performed).toEqual(['worker-1 pack 1', 'worker-2 send 1']);
  });

  it('interrupts what does not, and gives it back: no budget is spent', async () => {
    const scene = await Scene.open({ pack: obedient, limits: { timeout: '5m', maxAttempts: 1 } });
    const id = await scene.parcel();
    const worker = await scene.worker('worker-1');
    await scene.when(() => scene.performed.length > 0);
    const askedAt = scene.line.clock.monotonic();
    await scene.line.until(worker.stop());
    expect(scene.line.clock.monotonic() - askedAt).toBe(10_000);
    expect(fatesOf((await scene.line.history(id)).attempts)).toEqual(['released']);
    expect(scene.line.store.heartbeats.size).toBe(0);
    await scene.worker('worker-2');
    await expectSucceeded(scene, id);
  });

  it('leaves its heartbeat to run out when an action ignores its signal: nobody may go on before that', async () => {
    const scene = await Scene.open({
      pack: ({ attempt }) => (attempt > 1 ? completed({ pack: 'done' }) : new Promise(() => {})),
      limits: { timeout: '5m' },
    });
    const id = await scene.parcel();
    const worker = await scene.worker('worker-1');
    await scene.when(() => scene.performed.length > 0);
    await scene.line.until(worker.stop());
    const stoppedAt = scene.line.clock.monotonic();
    expect(scene.line.store.heartbeats.get('worker-1')?.state).toBe('alive');
    expect(fatesOf((await scene.line.history(id)).attempts)).toEqual([undefined]);
    await scene.worker('worker-2');
    await scene.when(() => scene.performed.length > 1);
    expect(scene.line.clock.monotonic() - stoppedAt).toBeGreaterThan(LIVENESS_TIMEOUT_MS - 2_000);
    await expectSucceeded(scene, id);
  });

  it('gives back what waits for a slot, unclaimed', async () => {
    const working = new Latch();
    const scene = await Scene.open({
      pack: async () => {
        await working.pass();
        return completed({ pack: 'done' });
      },
      limits: { concurrency: 1 },
    });
    const ids = [await scene.parcel('first'), await scene.parcel('second')];
    const worker = await scene.worker('worker-1');
    await scene.line.until(working.reached);
    const stopped = worker.stop();
    working.release();
    await scene.line.until(stopped);
    expect(scene.performed).toEqual(['worker-1 pack 1']);
    expect(scene.atStation('pack')).toBe(1);
    await scene.worker('worker-2');
    for (const id of ids) await expectSucceeded(scene, id);
    expect(scene.performed).toContain('worker-2 pack 1');
  });

  it('does not begin what was claimed a moment before it interrupts', async () => {
    const scene = await Scene.open({ limits: { maxAttempts: 1 } });
    const id = await scene.parcel();
    const claimed = scene.points.hold('claimed', { worker: 'worker-1' });
    const worker = await scene.worker('worker-1');
    await scene.line.until(claimed.reached);
    const stopped = worker.stop();
    await scene.line.clock.advance(11_000);
    claimed.release();
    await scene.line.until(stopped);
    expect(scene.performed).toEqual([]);
    expect(fatesOf((await scene.line.history(id)).attempts)).toEqual(['released']);
    await scene.worker('worker-2');
    await expectSucceeded(scene, id);
  });

  it('waits for the fencing that is under way: it is that which ends the process', async () => {
    const scene = await Scene.open({
      pack: () => new Promise(() => {}),
      wrapJournal: only('worker-1', (journal) => onCall(journal, 'renew', () => Promise.resolve(false))),
    });
    await scene.parcel();
    const worker = await scene.worker('worker-1');
    await scene.line.clock.advance(1_001);
    await scene.line.until(worker.stop());
    expect(worker.isFenced).toBe(true);
  });
});

const workerOn = (process: TestProcess): Worker =>
  new Worker(process.line, {
    actions: ACTIONS,
    identity: { _id: process.id, host: 'test', pid: 1 },
    livenessTimeoutMs: LIVENESS_TIMEOUT_MS,
    graceMs: 1_000,
    onFenced: () => process.die(),
  });

/** A worker, for what a process does not do with its own. */
function launch(line: TestLine): { worker: Worker; started: Promise<void> } {
  const worker = workerOn(new TestProcess('worker', line));
  return { worker, started: worker.start() };
}
