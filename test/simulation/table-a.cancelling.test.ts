// journal.md A0 to A3 while a request for cancellation is open, each interleaving written down.
import { describe, expect, it } from '@jest/globals';
import { retry } from '../../shared/core/outcome.ts';
import { CancelScene, expectInOrder } from '../support/cancel-scene.ts';
import { Latch } from '../support/latch.ts';
import { fatesOf, only } from '../support/scene-checks.ts';

/** A request that no steward works on. */
const request = (scene: CancelScene, workflowId: string, id = 'request') =>
  scene.line.journal.insertIntents([
    {
      _id: id,
      workflowId,
      reason: 'changed my mind',
      source: '/test',
      eventId: id,
      requestedAt: new Date(scene.line.clock.now()),
      at: 0,
      state: 'open',
    },
  ]);

const refuse = (scene: CancelScene, id = 'request') =>
  scene.line.journal.closeIntents([
    { id, atAsRead: 0, answer: { kind: 'refused', state: 'placed', reason: '' }, closedAt: new Date(0) },
  ]);

describe('A0: a later attempt while a request is open', () => {
  it('goes round by the ladder, and inserts nothing, for as long as the request is open', async () => {
    const scene = await CancelScene.open({
      run: { reserve: ({ attempt }) => (attempt === 1 ? retry('busy', { afterMs: 10_000 }) : undefined) },
    });
    const id = await scene.order();
    const failed = scene.points.hold('followed', { worker: 'worker-1' });
    await scene.worker('worker-1');
    await scene.line.until(failed.reached);
    await request(scene, id);
    failed.release();
    await scene.line.clock.advance(3_600_000);
    expect(fatesOf((await scene.line.history(id)).attempts)).toEqual(['failed']);
    expect(scene.performed).toEqual(['worker-1 reserve 1']);
    await refuse(scene);
    await expectInOrder(scene, [id]);
    expect(await scene.status(id)).toBe('succeeded');
  });
});

describe('A1 and A3: a first attempt while a request is open', () => {
  it('is inserted, found to be of a cancelled workflow, and withheld; it goes on when the request is refused', async () => {
    const scene = await CancelScene.open();
    const id = await scene.order();
    await request(scene, id);
    await scene.worker('worker-1');
    await scene.line.clock.advance(10_000);
    const { attempts } = await scene.line.history(id);
    expect(fatesOf(attempts)).toEqual(['withheld']);
    expect(attempts[0]?.dueAt?.getTime()).toBeGreaterThan(attempts[0]?.settledAt?.getTime() ?? Infinity);
    expect(scene.performed).toEqual([]);
    await refuse(scene);
    await expectInOrder(scene, [id]);
    expect(await scene.status(id)).toBe('succeeded');
    expect(scene.performed[0]).toBe('worker-1 reserve 2');
  });

  it('looks after the insert: a request that becomes known while the insert is on its way is seen', async () => {
    const inserting = new Latch();
    const scene = await CancelScene.open({
      wrapJournal: only('worker-1', (journal) => inserting.holding(journal, 'insertAttempts')),
    });
    const id = await scene.order();
    await scene.worker('worker-1');
    await scene.line.until(inserting.reached);
    await request(scene, id);
    await scene.line.clock.advance(1_500);
    const [worker] = await scene.line.journal.readWorkers();
    expect(worker?.intents).toEqual(['request']);
    inserting.release();
    await scene.line.clock.advance(500);
    expect(fatesOf((await scene.line.history(id)).attempts)).toEqual(['withheld']);
    expect(scene.performed).toEqual([]);
  });

  it('the fate is first: a worker that dies before the next attempt is sent leaves a message that sends it', async () => {
    const scene = await CancelScene.open();
    const id = await scene.order();
    await request(scene, id);
    const withheld = scene.points.hold('withheld', { worker: 'worker-1' });
    const holder = await scene.worker('worker-1');
    await scene.line.until(withheld.reached);
    expect(fatesOf((await scene.line.history(id)).attempts)).toEqual(['withheld']);
    holder.die();
    await refuse(scene);
    await scene.worker('worker-2');
    await expectInOrder(scene, [id]);
    expect(await scene.status(id)).toBe('succeeded');
  });

  it('never drops a copy: whatever it finds, a message of the workflow is left while the request is open', async () => {
    const scene = await CancelScene.open();
    const id = await scene.order();
    await request(scene, id);
    await scene.worker('worker-1');
    for (let look = 0; look < 60; look += 1) {
      await scene.line.clock.advance(997);
      expect(scene.line.isDrained).toBe(false);
    }
    await refuse(scene);
    await expectInOrder(scene, [id]);
    expect(await scene.status(id)).toBe('succeeded');
  });
});

describe('A2: what undoes a step', () => {
  it('is not held up by any request: it goes on while another one is open', async () => {
    const scene = await CancelScene.open({ run: { pay: () => ({ kind: 'failed', code: 'declined', message: 'no' }) } });
    const id = await scene.order();
    const undoing = scene.points.hold('claiming', { worker: 'worker-1', step: 3 });
    await scene.worker('worker-1');
    await scene.line.until(undoing.reached);
    await request(scene, id);
    await scene.line.clock.advance(2_000);
    undoing.release();
    await scene.line.clock.advance(2_000);
    expect(await scene.status(id)).toBe('failed');
    expect(scene.ledger.left).toEqual([]);
    await refuse(scene);
    await scene.line.untilDrained();
  });
});
