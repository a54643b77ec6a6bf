// Section C of the journal's rules, from the pin on: what each line is for, by the interleaving that it prevents.
import { describe, expect, it } from '@jest/globals';
import { snapshotId } from '../../shared/core/names.ts';
import { CancelScene, expectInOrder } from '../support/cancel-scene.ts';
import { Latch } from '../support/latch.ts';
import { paidOrder } from '../support/paid-order.ts';
import { fatesOf } from '../support/scene-checks.ts';

describe('C5: the pin', () => {
  it('a request that another steward has refused meanwhile is not carried out', async () => {
    const shipping = new Latch();
    const scene = await CancelScene.open({
      definition: { paid: { refuse: 'it is being packed' } },
      run: {
        ship: async () => {
          await shipping.pass();
          return undefined;
        },
      },
    });
    const id = await scene.order();
    await scene.worker('worker-1', ['reserve', 'pay', 'ship', 'take-back']);
    await scene.line.until(shipping.reached);
    // The first one reads a state that refuses, and is slow.
    const read = scene.points.hold('position-read', { worker: 'steward-1' });
    await scene.steward('steward-1', false);
    const request = await scene.cancel({ workflowId: id });
    await scene.line.until(read.reached);
    shipping.release();
    await scene.line.clock.advance(1_000);
    // The second one finds a way in the state after that, and is slow as well.
    const ready = scene.points.hold('course-read', { worker: 'steward-2', step: 4 });
    await scene.steward('steward-2');
    await scene.line.until(ready.reached);
    read.release();
    expect(await scene.answered(request)).toMatchObject({ kind: 'refused', state: 'paid' });
    ready.release();
    await scene.line.clock.advance(5_000);
    await scene.worker('worker-2');
    await expectInOrder(scene, [id]);
    expect(await scene.status(id)).toBe('succeeded');
    expect((await scene.line.history(id)).attempts.filter(({ kind }) => kind !== 'run')).toEqual([]);
  });

  it('a request that another steward has pinned to an earlier step is pinned anew before it is carried out', async () => {
    const { scene, id } = await paidOrder();
    const late = scene.points.hold('course-read', { worker: 'steward-1', step: 3 });
    await scene.steward('steward-1', false);
    const request = await scene.cancel({ workflowId: id });
    await scene.line.until(late.reached);
    await decideShipment(scene, id);
    const ready = scene.points.hold('course-read', { worker: 'steward-2', step: 4 });
    const other = await scene.steward('steward-2');
    await scene.line.until(ready.reached);
    const pinned = scene.points.hold('intent-pinned', { worker: 'steward-1', step: 3 });
    late.release();
    await scene.line.until(pinned.reached);
    const decided = scene.points.hold('cancel-decided', { worker: 'steward-2', step: 4 });
    ready.release();
    await scene.line.until(decided.reached);
    // Whoever goes on finds the decision by the pin, and does not judge the state that it led to.
    expect(await scene.line.journal.readIntent(request)).toMatchObject({ state: 'open', at: 4 });
    other.die();
    pinned.release();
    expect(await scene.answered(request)).toEqual({ kind: 'accepted' });
  });

  it('a request that is pinned is not refused any more by a steward that goes on with it', async () => {
    const { scene, id } = await paidOrder();
    const numbered = scene.points.hold('cancel-numbered', { worker: 'steward-1' });
    const first = await scene.steward('steward-1');
    const request = await scene.cancel({ workflowId: id });
    await scene.line.until(numbered.reached);
    first.die();
    expect(await scene.line.journal.readIntent(request)).toMatchObject({ state: 'open', at: 3 });
    await scene.steward('steward-2');
    expect(await scene.answered(request)).toEqual({ kind: 'accepted' });
    await scene.worker('worker-2');
    await expectInOrder(scene, [id]);
  });
});

describe('C6: the number', () => {
  it('a late copy of the step that was cancelled before anybody took it is not performed', async () => {
    const { scene, id } = await paidOrder();
    const decided = scene.points.hold('cancel-numbered', { worker: 'steward-1' });
    await scene.steward('steward-1');
    const request = await scene.cancel({ workflowId: id });
    await scene.line.until(decided.reached);
    // The copy finds the number taken; its successor finds the request, and then the decision.
    await scene.worker('worker-2', ['ship']);
    await scene.line.clock.advance(5_000);
    decided.release();
    expect(await scene.answered(request)).toEqual({ kind: 'accepted' });
    await expectInOrder(scene, [id]);
    const { attempts } = await scene.line.history(id);
    expect(attempts.find(({ step }) => step === 3)).toMatchObject({ kind: 'cancel', fate: 'released' });
    expect(scene.performed.some((what) => what.includes('ship'))).toBe(false);
    expect(scene.ledger.left).toEqual([]);
  });

  it('a worker that takes the number first withholds, and what it withheld is not undone', async () => {
    const { scene, id } = await paidOrder();
    const pinned = scene.points.hold('intent-pinned', { worker: 'steward-1' });
    await scene.steward('steward-1');
    const request = await scene.cancel({ workflowId: id });
    await scene.line.until(pinned.reached);
    await scene.worker('worker-2', ['ship']);
    await scene.line.clock.advance(3_000);
    pinned.release();
    expect(await scene.answered(request)).toEqual({ kind: 'accepted' });
    await expectInOrder(scene, [id]);
    expect(fatesOf((await scene.line.history(id)).attempts, 3)[0]).toBe('withheld');
    expect(scene.performed.some((what) => what.includes('ship'))).toBe(false);
    expect(scene.ledger.left).toEqual([]);
  });
});

describe('C7: another decision comes first', () => {
  it('what ends a wait as the request is pinned stands; the request is pinned anew, behind it', async () => {
    const { scene, id } = await paidOrder();
    const pinned = scene.points.hold('intent-pinned', { worker: 'steward-1' });
    await scene.steward('steward-1');
    const request = await scene.cancel({ workflowId: id });
    await scene.line.until(pinned.reached);
    await decideShipment(scene, id);
    pinned.release();
    expect(await scene.answered(request)).toEqual({ kind: 'accepted' });
    expect(await scene.line.journal.readIntent(request)).toMatchObject({ at: 4 });
    const { snapshots } = await scene.line.history(id);
    expect(snapshots[3]).toMatchObject({ kind: 'cancel', intent: request, state: 'returning' });
  });
});

/** What ended a wait at step 3, at a steward that has gone no further. */
async function decideShipment(scene: CancelScene, id: string): Promise<void> {
  const { journal, clock } = scene.line;
  const decision = {
    _id: snapshotId(id, 3),
    workflowId: id,
    step: 3,
    kind: 'run',
    action: 'ship',
    attempt: 1,
    worker: 'steward-9',
    token: 'of the wait',
    changes: {},
    state: 'shipped',
    data: (await scene.line.history(id)).snapshots[1]?.data ?? {},
    next: { action: 'confirm' },
    at: new Date(clock.now()),
    durationMs: 0,
  } as const;
  const attempt = {
    _id: `${id}/00003/00001`,
    workflowId: id,
    step: 3,
    attempt: 1,
    kind: 'run',
    action: 'ship',
  } as const;
  const settled = {
    worker: 'worker-9',
    token: 'a',
    at: new Date(clock.now()),
    fate: 'waiting',
    settledAt: new Date(clock.now()),
  } as const;
  await journal.insertAttempts([{ ...attempt, ...settled }]);
  await journal.insertSnapshots([decision]);
}
