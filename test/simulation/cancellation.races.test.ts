// Section C of the journal's rules: what each order is for, by the interleaving that it prevents.
import { describe, expect, it } from '@jest/globals';
import { retry } from '../../shared/core/outcome.ts';
import type { Journal } from '../../shared/journal/journal.ts';
import { CancelScene, type CancelSceneOptions, expectInOrder } from '../support/cancel-scene.ts';
import { Latch } from '../support/latch.ts';
import { onCall } from '../support/on-call.ts';
import { paidOrder } from '../support/paid-order.ts';
import { fatesOf, only, UNTIL_DEAD_MS } from '../support/scene-checks.ts';

/** A time in which a process hears of no new request: its reading of the open ones does not come back. */
function deafness(): { wrap: (journal: Journal) => Journal; begin: () => void; end: () => void } {
  let hasBegun = false;
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return {
    wrap: (journal) =>
      onCall(journal, 'openIntents', async (call) => {
        if (hasBegun) await ended;
        return call();
      }),
    begin: () => {
      hasBegun = true;
    },
    end,
  };
}

/** How `pay` is performed and undone, noted in `order`. @param pay what it does in between */
function noted(
  order: string[],
  pay: () => Promise<void> | undefined,
): Required<Pick<CancelSceneOptions, 'run' | 'undo'>> {
  return {
    run: {
      pay: async () => {
        order.push('pay begins');
        await pay();
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
  };
}

/** An order whose `pay` was retried, by `worker-1`: its second attempt is due a second from now. `order`: when it is paid, and undone. */
async function orderPaidAtTheSecondAttempt({
  paying,
  wrapJournal,
}: {
  readonly paying?: Latch;
  readonly wrapJournal: NonNullable<CancelSceneOptions['wrapJournal']>;
}) {
  const order: string[] = [];
  const { run, undo } = noted(order, () => paying?.pass());
  const scene = await CancelScene.open({
    wrapJournal,
    run: {
      pay: async (call, at) => (call.attempt === 1 ? retry('busy', { afterMs: 1_000 }) : run.pay?.(call, at)),
    },
    undo,
  });
  const id = await scene.order();
  const refused = scene.points.hold('acknowledged', { worker: 'worker-1', step: 2 });
  await scene.worker('worker-1');
  await scene.line.until(refused.reached);
  refused.release();
  return { scene, id, order };
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
    const deaf = deafness();
    const order: string[] = [];
    const scene = await CancelScene.open({
      wrapJournal: only('worker-1', deaf.wrap),
      ...noted(order, () => paying.pass()),
    });
    const id = await scene.order();
    const claiming = scene.points.hold('claiming', { worker: 'worker-1', step: 2 });
    await scene.worker('worker-1');
    await scene.line.until(claiming.reached);
    // From now on this worker hears of nothing new.
    deaf.begin();
    await scene.steward('steward-1');
    const request = await scene.cancel({ workflowId: id });
    await scene.line.clock.advance(2_000);
    claiming.release();
    await scene.line.until(paying.reached);
    deaf.end();
    await scene.line.clock.advance(4_000);
    expect(await scene.answerTo(request)).toBeUndefined();
    paying.release();
    expect(await scene.answered(request)).toEqual({ kind: 'accepted' });
    await expectInOrder(scene, [id]);
    expect(order).toEqual(['pay begins', 'pay ends', 'pay is undone']);
  });

  it('a later attempt that began before its worker knew of the request is awaited, too', async () => {
    const paying = new Latch();
    const deaf = deafness();
    const { scene, id, order } = await orderPaidAtTheSecondAttempt({
      paying,
      wrapJournal: only('worker-1', deaf.wrap),
    });
    deaf.begin();
    // Whoever has read the attempts by now does not see the one that is about to begin.
    const read = scene.points.hold('course-read', { worker: 'steward-1' });
    await scene.steward('steward-1');
    const request = await scene.cancel({ workflowId: id });
    await scene.line.until(paying.reached);
    read.release();
    await scene.line.clock.advance(1_000);
    deaf.end();
    await scene.line.clock.advance(3_000);
    expect(await scene.answerTo(request)).toBeUndefined();
    paying.release();
    expect(await scene.answered(request)).toEqual({ kind: 'accepted' });
    await expectInOrder(scene, [id]);
    expect(order).toEqual(['pay begins', 'pay ends', 'pay is undone']);
  });

  it('what was read of a course before its worker knew of the request is not relied on', async () => {
    const [reading, paying] = [new Latch(), new Latch()];
    const deaf = deafness();
    const { scene, id, order } = await orderPaidAtTheSecondAttempt({
      paying,
      wrapJournal: (journal, process) =>
        process.id === 'worker-1'
          ? deaf.wrap(journal)
          : onCall(journal, 'readCourses', async (call) => {
              const found = await call();
              await reading.pass();
              return found;
            }),
    });
    deaf.begin();
    await scene.steward('steward-1');
    const request = await scene.cancel({ workflowId: id });
    // The second attempt is about to begin, as far as the steward has read.
    await scene.line.until(reading.reached);
    await scene.line.until(paying.reached);
    deaf.end();
    await scene.line.clock.advance(2_000);
    reading.release();
    await scene.line.clock.advance(3_000);
    expect(await scene.answerTo(request)).toBeUndefined();
    paying.release();
    expect(await scene.answered(request)).toEqual({ kind: 'accepted' });
    await expectInOrder(scene, [id]);
    expect(order).toEqual(['pay begins', 'pay ends', 'pay is undone']);
  });

  it('a worker knows of a request before its heartbeat says so: none begins in between', async () => {
    const renewing = new Latch();
    const { scene, id, order } = await orderPaidAtTheSecondAttempt({
      wrapJournal: only('worker-1', (journal) =>
        onCall(journal, 'renew', async (call, [, intents]) => {
          const isAlive = await call();
          if ((intents as readonly string[]).length > 0) await renewing.pass(); // what renew is given
          return isAlive;
        }),
      ),
    });
    const read = scene.points.hold('course-read', { worker: 'steward-1' });
    await scene.steward('steward-1');
    const request = await scene.cancel({ workflowId: id });
    // The heartbeat lists the request, and its worker is not told yet that it arrived. Meanwhile the second attempt is due.
    await scene.line.until(Promise.all([renewing.reached, read.reached]));
    await scene.line.clock.advance(2_500);
    read.release();
    renewing.release();
    expect(await scene.answered(request)).toEqual({ kind: 'accepted' });
    await expectInOrder(scene, [id]);
    expect(order).toEqual(['pay is undone']);
  });

  it('who performs a step again that a late result has decided is awaited, too', async () => {
    const late = new Latch();
    const reserving = new Latch();
    const order: string[] = [];
    const scene = await CancelScene.open({
      wrapJournal: only('worker-1', (journal) => late.holding(journal, 'insertSnapshots')),
      run: {
        reserve: async ({ attempt }) => {
          if (attempt === 1) return undefined;
          order.push('reserve begins again');
          await reserving.pass();
          order.push('reserve ends');
          return undefined;
        },
      },
      undo: {
        reserve: () => {
          order.push('reserve is undone');
          return undefined;
        },
      },
    });
    const id = await scene.order();
    const first = await scene.worker('worker-1');
    await scene.line.until(late.reached);
    first.die();
    await scene.worker('worker-2');
    await scene.line.until(reserving.reached);
    late.release();
    await scene.line.clock.advance(1);
    await scene.steward('steward-1');
    const request = await scene.cancel({ workflowId: id });
    await scene.line.clock.advance(4_000);
    expect(await scene.answerTo(request)).toBeUndefined();
    reserving.release();
    expect(await scene.answered(request)).toEqual({ kind: 'accepted' });
    await expectInOrder(scene, [id]);
    expect(order).toEqual(['reserve begins again', 'reserve ends', 'reserve is undone']);
    expect(scene.ledger.left).toEqual([]);
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

  it('what a holder withheld between the reading and its recorded death is not undone', async () => {
    const late = new Latch();
    const judging = new Latch();
    const { scene, id } = await paidOrder({
      wrapJournal: (journal, process) =>
        process.id === 'worker-2'
          ? late.holding(journal, 'settleAttempt')
          : process.id === 'steward-1'
            ? judging.holding(journal, 'judgeHolder')
            : journal,
    });
    const known = scene.points.hold('grace-over', { worker: 'steward-1' });
    await scene.steward('steward-1');
    const request = await scene.cancel({ workflowId: id });
    await scene.line.until(known.reached);
    // It knows of the request from its beginning on; what it says of its attempt is on its way for longer than it lives.
    const holder = await scene.worker('worker-2', ['ship']);
    await scene.line.until(late.reached);
    holder.die();
    await scene.line.clock.advance(UNTIL_DEAD_MS);
    known.release();
    await scene.line.until(judging.reached);
    late.release();
    await scene.line.clock.advance(1);
    judging.release();
    expect(await scene.answered(request)).toEqual({ kind: 'accepted' });
    await scene.worker('worker-3');
    await expectInOrder(scene, [id]);
    expect(fatesOf((await scene.line.history(id)).attempts, 3)[0]).toBe('withheld');
    expect(scene.performed.filter((what) => what.includes('ship'))).toEqual([]);
    expect(scene.ledger.left).toEqual([]);
  });
});
