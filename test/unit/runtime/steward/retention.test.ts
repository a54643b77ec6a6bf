import { describe, expect, it } from '@jest/globals';
import { completed } from '../../../../shared/core/outcome.ts';
import { Retention } from '../../../../shared/runtime/steward/retention.ts';
import { stewardWork } from '../../../../shared/runtime/steward/steward-work.ts';
import { LossyScene } from '../../../support/lossy-scene.ts';
import { onCall } from '../../../support/on-call.ts';
import { LIVENESS_TIMEOUT_MS, type WorkOf } from '../../../support/test-line.ts';
import { RETENTION_MS } from '../../../support/test-process.ts';

const DAY = 86_400_000;

const retentionOnly: WorkOf = (acting) => ({
  ...stewardWork(acting, { livenessTimeoutMs: LIVENESS_TIMEOUT_MS }),
  rounds: [new Retention(acting)],
});

/** Parcels that have ended. */
async function ended(lossy: LossyScene, count: number, name: string): Promise<readonly string[]> {
  const ids = await lossy.parcels(count, name);
  const worker = await lossy.scene.worker(`worker-${name}`);
  await lossy.until(() => lossy.scene.atStation('pack') + lossy.scene.atStation('send') === 0);
  await lossy.line.until(worker.stop());
  return ids;
}

const kept = async ({ line }: LossyScene, ids: readonly string[]): Promise<number> => {
  const heads = await Promise.all(ids.map((id) => line.journal.readHead(id)));
  return heads.filter((head) => head !== null).length;
};

describe('retention', () => {
  it('removes whole what ended before it, batch by batch, and nothing that ended later or has not ended', async () => {
    const lossy = await LossyScene.open();
    const { line } = lossy;
    const old = await ended(lossy, 250, 'old');
    await line.clock.advance(DAY);
    const later = await ended(lossy, 5, 'later');
    const running = await lossy.parcels(2, 'running');
    const [first = ''] = old;
    await line.clock.advance(RETENTION_MS - DAY - 3_600_000);
    await line.addSteward('steward', retentionOnly);
    await line.clock.advance(1_800_000);
    expect(await kept(lossy, old)).toBe(250);
    await line.clock.advance(3_600_000);
    expect(await kept(lossy, old)).toBe(0);
    expect(await line.journal.readStands([first])).toMatchObject([{ step: 1, last: null, attempts: [] }]);
    expect([await kept(lossy, later), await kept(lossy, running)]).toEqual([5, 2]);
    await line.clock.advance(DAY);
    expect([await kept(lossy, later), await kept(lossy, running)]).toEqual([0, 2]);
  });

  it('removes notifications by their age, used or not', async () => {
    const lossy = await LossyScene.open();
    const { line } = lossy;
    const notification = (id: string, receivedAt: number) => ({
      _id: id,
      name: 'paid',
      businessKey: 'parcel',
      data: {},
      source: '/bank',
      eventId: id,
      receivedAt: new Date(receivedAt),
      state: 'kept' as const,
    });
    const now = line.clock.now();
    await line.journal.insertNotifications([
      ...Array.from({ length: 600 }, (_, index) => notification(`old-${index}`, now - RETENTION_MS - 1)),
      notification('young', now),
    ]);
    await line.addSteward('steward', retentionOnly);
    await line.clock.advance(300_000);
    expect(await line.journal.findNotifications({}, 10)).toMatchObject([{ _id: 'young' }]);
  });

  it('removes deaths of workers by their age, and what a forgotten one held goes on', async () => {
    const lossy = await LossyScene.open({
      pack: (_, process) =>
        process.id === 'doomed' ? new Promise(() => {}) : Promise.resolve(completed({ pack: 'done' })),
    });
    const { line, scene } = lossy;
    const [id = ''] = await lossy.parcels(1);
    const doomed = await scene.worker('doomed');
    await lossy.until(() => scene.performed.length === 1);
    doomed.die();
    await line.clock.advance(LIVENESS_TIMEOUT_MS);
    const judged = () => line.journal.judgeHolder('doomed', LIVENESS_TIMEOUT_MS);
    expect(await judged()).toEqual({ kind: 'dead' });
    await line.clock.advance(RETENTION_MS);
    await line.addSteward('steward', retentionOnly);
    await line.clock.advance(1_800_000);
    expect(await judged()).toEqual({ kind: 'dead' });
    await line.clock.advance(3_600_000);
    expect(await judged()).toEqual({ kind: 'gone' });
    await scene.worker('heir');
    await lossy.until(() => scene.performed.includes('heir send 1'));
    await line.clock.advance(1_000);
    expect(await line.journal.readHead(id)).toMatchObject({ status: 'succeeded' });
  });

  it('begins no further removal once the steward stops', async () => {
    const lossy = await LossyScene.open();
    const { acting } = lossy.line.addOperator();
    const over = new AbortController();
    const removals: string[] = [];
    const stopsOver = onCall(acting.line.journal, 'removeNotifications', (call) => {
      removals.push('notifications');
      over.abort();
      return call();
    });
    const journal = onCall(stopsOver, 'removeDeaths', (call) => {
      removals.push('deaths');
      return call();
    });
    const retention = new Retention({ ...acting, line: { ...acting.line, journal } });
    await lossy.line.until(retention.run(over.signal));
    expect(removals).toEqual(['notifications']);
  });

  it('pauses for nine times as long as a batch took', async () => {
    const removals: number[] = [];
    const lossy = await LossyScene.open({
      wrapJournal: (journal, { id }) =>
        id === 'steward'
          ? onCall(journal, 'removeWorkflows', async (call) => {
              removals.push(lossy.line.clock.monotonic());
              await lossy.line.clock.sleep(2_000);
              return call();
            })
          : journal,
    });
    const { line } = lossy;
    // What started in one millisecond is one batch.
    for (const name of ['one', 'two', 'three']) {
      await ended(lossy, 150, name);
      await line.clock.advance(1_000);
    }
    await line.clock.advance(RETENTION_MS + 60_000);
    await line.addSteward('steward', retentionOnly);
    await line.clock.advance(600_000);
    const [first = 0, second = 0] = removals;
    expect(second - first).toBeGreaterThan(2_000 + 0.8 * 18_000);
    expect(second - first).toBeLessThan(2_000 + 1.3 * 18_000);
  });
});
