// Rules of the journal about who may write what under which name; each has a counterexample if it is left out.
import { describe, expect, it } from '@jest/globals';
import { Unavailable } from '../../shared/core/errors.ts';
import { completed } from '../../shared/core/outcome.ts';
import { Latch } from '../support/latch.ts';
import { onCall } from '../support/on-call.ts';
import { Scene } from '../support/scene.ts';
import { expectSucceeded, fatesOf, only } from '../support/scene-checks.ts';

/** A line whose journal does the first such insert and loses the answer. */
async function sceneLosingFirstAnswer(operation: 'insertAttempts' | 'insertSnapshots') {
  let calls = 0;
  const scene = await Scene.open({
    wrapJournal: (journal) =>
      onCall(journal, operation, async (call) => {
        const inserted = await call();
        calls += 1;
        if (calls === 1) throw new Unavailable('journal-unknown', { operation: 'insert', problem: 'lost' });
        return inserted;
      }),
  });
  return { scene, calls: () => calls };
}

describe('claims and identities', () => {
  it('a claim whose answer was lost is recognised as the own one, and performed once', async () => {
    const { scene, calls } = await sceneLosingFirstAnswer('insertAttempts');
    const id = await scene.parcel();
    await scene.worker('worker-1');
    await expectSucceeded(scene, id);
    expect(scene.performed).toEqual(['worker-1 pack 1', 'worker-1 send 1']);
    expect(calls()).toBe(3);
  });

  it('a decision whose answer was lost is recognised as the own one', async () => {
    const { scene } = await sceneLosingFirstAnswer('insertSnapshots');
    const id = await scene.parcel();
    await scene.worker('worker-1');
    await expectSucceeded(scene, id);
    expect(fatesOf((await scene.line.history(id)).attempts)).toEqual([undefined]);
  });

  it('a decision that lost against another one voids its attempt, and the other one is followed', async () => {
    const late = new Latch();
    const working = new Latch();
    const scene = await Scene.open({
      pack: async ({ attempt }) => {
        if (attempt === 2) await working.pass();
        return completed({ pack: `by attempt ${attempt}` });
      },
      wrapJournal: only('worker-1', (journal) => late.holding(journal, 'insertSnapshots')),
    });
    const id = await scene.parcel();
    const holder = await scene.worker('worker-1');
    await scene.line.until(late.reached);
    holder.die();
    await scene.worker('worker-2');
    await scene.line.until(working.reached);
    late.release();
    await scene.line.clock.advance(1);
    working.release();
    await expectSucceeded(scene, id);
    const { attempts, snapshots } = await scene.line.history(id);
    expect(fatesOf(attempts)).toEqual([undefined, 'void']);
    expect(snapshots[0]?.data).toEqual({ pack: 'by attempt 1' });
  });

  it('a clean stop removes the heartbeat last: what it still settles looks held until then', async () => {
    const scene = await Scene.open();
    const id = await scene.parcel();
    const holder = await scene.worker('worker-1');
    const performed = scene.points.hold('performed', { worker: 'worker-1' });
    await scene.line.until(performed.reached);
    const stopped = holder.stop();
    await scene.worker('worker-2');
    holder.connection.drop();
    await scene.line.clock.advance(4_000);
    expect(scene.line.store.heartbeats.get('worker-1')?.state).toBe('alive');
    expect(scene.performed).toEqual(['worker-1 pack 1']);
    performed.release();
    await scene.line.until(stopped);
    expect(scene.line.store.heartbeats.has('worker-1')).toBe(false);
    await expectSucceeded(scene, id);
    expect(scene.performed).toEqual(['worker-1 pack 1', 'worker-2 send 1']);
  });

  it('a process that was paused for longer than the liveness timeout records nothing more under its name, and ends', async () => {
    const scene = await Scene.open({
      pack: async ({ attempt }, { line }) => {
        await line.clock.sleep(2_000);
        return completed({ pack: `by attempt ${attempt}` });
      },
    });
    const id = await scene.parcel();
    const holder = await scene.worker('worker-1');
    await scene.when(() => scene.performed.length > 0);
    holder.pause();
    holder.connection.drop(60_000);
    await scene.worker('worker-2');
    await scene.line.clock.advance(20_000);
    holder.resume('timers-last');
    await scene.line.clock.advance(1_000);
    expect(holder.isDead).toBe(true);
    await expectSucceeded(scene, id);
    const { attempts, snapshots } = await scene.line.history(id);
    expect(snapshots[0]).toMatchObject({ worker: 'worker-2', data: { pack: 'by attempt 2' } });
    expect(snapshots.map(({ worker }) => worker)).not.toContain('worker-1');
    // What it gives back is nobody's any more: that is safe at any time.
    expect(attempts.filter(({ worker }) => worker === 'worker-1').map(({ fate }) => fate)).toEqual(['released']);
  });

  it('what a process had gathered before it was paused does not leave after it', async () => {
    const claiming = new Latch();
    let claims = 0;
    const scene = await Scene.open({
      wrapJournal: only('worker-1', (journal) =>
        onCall(claiming.holding(journal, 'insertAttempts'), 'insertAttempts', (call) => {
          claims += 1;
          return call();
        }),
      ),
    });
    const first = await scene.parcel('first');
    const holder = await scene.worker('worker-1');
    await scene.line.until(claiming.reached);
    const second = await scene.parcel('second');
    await scene.when(() => scene.points.seen.filter(({ point }) => point === 'claiming').length === 2);
    // One claim is on its way, the other waits for its turn.
    holder.pause();
    holder.connection.drop(60_000);
    claiming.release();
    await scene.worker('worker-2');
    await scene.line.clock.advance(20_000);
    expect(scene.line.store.heartbeats.get('worker-1')?.state).toBe('dead');
    holder.resume('timers-last');
    await scene.line.clock.advance(1_000);
    expect(claims).toBe(1);
    expect(holder.isDead).toBe(true);
    for (const id of [first, second]) await expectSucceeded(scene, id);
  });

  describe('a process that is fenced', () => {
    /** Its heartbeat cannot be renewed; everything else works. */
    const fenced = only('worker-1', (journal) =>
      onCall(journal, 'renew', () => {
        throw new Unavailable('journal-unavailable', { operation: 'renew', problem: 'cut off' });
      }),
    );

    it('gives back what gives up, and the next attempt follows without a loss', async () => {
      const scene = await Scene.open({
        pack: ({ attempt, signal }) =>
          attempt > 1
            ? completed({ pack: 'done' })
            : new Promise((_, reject) => {
                signal.addEventListener('abort', () => reject(new Error('aborted')));
              }),
        wrapJournal: fenced,
        limits: { timeout: '5m', maxAttempts: 1 },
      });
      const id = await scene.parcel();
      const holder = await scene.worker('worker-1');
      await scene.line.until(holder.ended);
      expect(fatesOf((await scene.line.history(id)).attempts)).toEqual(['released']);
      await scene.worker('worker-2');
      await expectSucceeded(scene, id);
    });

    it('does not give back what goes on all the same: that ends with the process, and not before', async () => {
      const scene = await Scene.open({
        pack: ({ attempt }) => (attempt > 1 ? completed({ pack: 'done' }) : new Promise(() => {})),
        wrapJournal: fenced,
        limits: { timeout: '5m' },
      });
      const id = await scene.parcel();
      const holder = await scene.worker('worker-1');
      await scene.line.until(holder.ended);
      expect(fatesOf((await scene.line.history(id)).attempts)).toEqual([undefined]);
      await scene.worker('worker-2');
      await expectSucceeded(scene, id);
      expect(scene.performed).toEqual(['worker-1 pack 1', 'worker-2 pack 2', 'worker-2 send 1']);
    });
  });
});
