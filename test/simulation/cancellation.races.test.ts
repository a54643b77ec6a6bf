// Section C of the journal's rules: what each order is for, by the interleaving that it prevents.
import { describe, expect, it } from '@jest/globals';
import { snapshotId } from '../../shared/core/names.ts';
import { retry } from '../../shared/core/outcome.ts';
import { CancelScene, expectInOrder } from '../support/cancel-scene.ts';
import { Latch } from '../support/latch.ts';
import { onCall } from '../support/on-call.ts';
import { fatesOf, only } from '../support/scene-checks.ts';

/** An order that stands before `ship`: its message is in the queue of a station that nobody hosts yet. */
async function paidOrder(
  options: Parameters<typeof CancelScene.open>[0] = {},
): Promise<{ scene: CancelScene; id: string }> {
  const scene = await CancelScene.open(options);
  const id = await scene.order();
  await scene.worker('worker-1', ['reserve', 'pay', 'take-back']);
  await scene.line.clock.advance(3_000);
  return { scene, id };
}

/** What everybody waits for who comes before it is opened. */
function openable(): { readonly promise: Promise<void>; open(): void } {
  let open = (): void => {};
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

describe('C1 and C2: one answer', () => {
  it('a refusal from what was read before another steward pinned the request is not written', async () => {
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
    const request = await scene.cancel({ workflowId: id }, 'the same');
    await scene.line.until(read.reached);
    shipping.release();
    await scene.line.clock.advance(1_000);
    // The second one finds the state after that, which has a way for it.
    const pinned = scene.points.hold('intent-pinned', { worker: 'steward-2' });
    await scene.steward('steward-2');
    await scene.line.until(pinned.reached);
    read.release();
    await scene.line.clock.advance(1_000);
    pinned.release();
    expect(await scene.answered(request)).toEqual({ kind: 'accepted' });
    await scene.worker('worker-2');
    await expectInOrder(scene, [id]);
    expect(await scene.status(id)).toBe('cancelled');
  });
});

describe('C3 and C4: the grace period, and only then the attempts', () => {
  it('a step that began before its worker knew of the request is awaited, and undone after it', async () => {
    const paying = new Latch();
    const refreshing = openable();
    let isHeld = false;
    const order: string[] = [];
    const scene = await CancelScene.open({
      wrapJournal: only('worker-1', (journal) =>
        onCall(journal, 'openIntents', async (call) => {
          if (isHeld) await refreshing.promise;
          return call();
        }),
      ),
      run: {
        pay: async () => {
          order.push('pay begins');
          await paying.pass();
          order.push('pay ends');
          return undefined;
        },
      },
      undo: {
        pay: () => {
          order.push('pay is undone');
          return undefined;
        },
      },
    });
    const id = await scene.order();
    const claiming = scene.points.hold('claiming', { worker: 'worker-1', step: 2 });
    await scene.worker('worker-1');
    await scene.line.until(claiming.reached);
    // From now on this worker hears of nothing new.
    isHeld = true;
    await scene.steward('steward-1');
    const request = await scene.cancel({ workflowId: id });
    await scene.line.clock.advance(2_000);
    claiming.release();
    await scene.line.until(paying.reached);
    refreshing.open();
    await scene.line.clock.advance(4_000);
    expect(await scene.answerTo(request)).toBeUndefined();
    paying.release();
    expect(await scene.answered(request)).toEqual({ kind: 'accepted' });
    await expectInOrder(scene, [id]);
    expect(order).toEqual(['pay begins', 'pay ends', 'pay is undone']);
  });

  it('a worker that died without holding anything is judged, and holds up nobody', async () => {
    const { scene, id } = await paidOrder();
    const other = await scene.worker('worker-2', ['confirm']);
    other.die();
    await scene.steward('steward-1');
    const request = await scene.cancel({ workflowId: id });
    expect(await scene.answered(request, 10_000)).toEqual({ kind: 'accepted' });
    await scene.worker('worker-3');
    await expectInOrder(scene, [id]);
  });

  it('what a holder decides between the reading and its death is not undone as if it had only been possible', async () => {
    const late = new Latch();
    const judging = new Latch();
    const scene = await CancelScene.open({
      wrapJournal: (journal, process) =>
        process.id === 'worker-1'
          ? late.holding(journal, 'settleAttempt')
          : process.id === 'steward-1'
            ? judging.holding(journal, 'judgeHolder')
            : journal,
      run: { pay: () => retry('busy', { afterMs: 600_000 }) },
    });
    const id = await scene.order();
    const holder = await scene.worker('worker-1');
    await scene.line.until(late.reached);
    holder.die();
    await scene.steward('steward-1');
    const request = await scene.cancel({ workflowId: id });
    await scene.line.until(judging.reached);
    late.release();
    await scene.line.clock.advance(1);
    judging.release();
    await scene.line.clock.advance(10_000);
    await scene.worker('worker-2');
    expect(await scene.answered(request)).toEqual({ kind: 'accepted' });
    await expectInOrder(scene, [id]);
    expect(fatesOf((await scene.line.history(id)).attempts, 2)[0]).toBe('failed');
    expect(scene.ledger.left).toEqual([]);
  });
});

describe('C5 and C6: the pin, and the number', () => {
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

describe('C7: another decision comes first', () => {
  it('what ends a wait as the request is pinned stands; the request is pinned anew, behind it', async () => {
    const { scene, id } = await paidOrder();
    const pinned = scene.points.hold('intent-pinned', { worker: 'steward-1' });
    await scene.steward('steward-1');
    const request = await scene.cancel({ workflowId: id });
    await scene.line.until(pinned.reached);
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
    pinned.release();
    expect(await scene.answered(request)).toEqual({ kind: 'accepted' });
    expect(await journal.readIntent(request)).toMatchObject({ at: 4 });
    const { snapshots } = await scene.line.history(id);
    expect(snapshots[3]).toMatchObject({ kind: 'cancel', intent: request, state: 'returning' });
  });
});
