// An operator's orders about a parked workflow: each has one outcome, whoever carries it out, whoever dies, whatever else is decided.
import { describe, expect, it } from '@jest/globals';
import { retry as again } from '../../shared/core/outcome.ts';
import { findParked } from '../../shared/runtime/operator/parked.ts';
import { orderParked, requestKey, type Wanted } from '../../shared/runtime/operator/requests.ts';
import { retryParked } from '../../shared/runtime/operator/retry.ts';
import { retryGroup } from '../../shared/runtime/operator/retry-group.ts';
import { CancelScene, type CancelSceneOptions, expectInOrder } from '../support/cancel-scene.ts';

const NAME = { source: '/test', id: 'o1', reason: 'no way' };
const COMPENSATE: Wanted = { kind: 'compensate' };
const FAIL: Wanted = { kind: 'fail', code: 'declined' };

/** An order that is parked at `pay`: one step is done. */
async function parkedOrder(options: CancelSceneOptions = {}) {
  let isOpen = false;
  const scene = await CancelScene.open({
    maxAttempts: 1,
    run: { pay: () => (isOpen ? undefined : again('shut')) },
    ...options,
  });
  const id = await scene.order();
  await scene.worker('worker-1');
  await scene.line.clock.runUntil(() => scene.line.store.shelves.get(id)?.head?.status === 'parked', 60_000);
  const order = (wanted: Wanted, name = NAME) =>
    scene.line.until(orderParked(scene.line.addOperator().acting, id, wanted, name));
  return { scene, id, order, open: () => void (isOpen = true) };
}

describe('an operator’s order', () => {
  it.each<[string, Wanted, string]>([
    ['to compensate', COMPENSATE, 'cancelled'],
    ['to fail, which leads back', FAIL, 'failed'],
  ])('%s is carried out once, however often it is given', async (_, wanted, status) => {
    const { scene, id, order } = await parkedOrder();
    await Promise.all([order(wanted), order(wanted), order(wanted)]);
    await scene.steward('steward-1');
    await scene.steward('steward-2');
    expect(await scene.answered(requestKey(NAME))).toEqual({ kind: 'accepted' });
    await expectInOrder(scene, [id]);
    expect(await order(wanted)).toMatchObject({ state: 'closed', answer: { kind: 'accepted' } });
    expect(await scene.status(id)).toBe(status);
    expect(scene.performed.filter((one) => one.includes('undo'))).toEqual([
      'worker-1 undo pay 1 possibly',
      'worker-1 undo reserve 1 committed',
    ]);
    expect(scene.ledger.left).toEqual([]);
  });

  it('is carried out by the next steward when one dies over it', async () => {
    const { scene, id, order } = await parkedOrder();
    const first = await scene.steward('steward-1');
    const { reached } = scene.points.hold('cancel-decided', { worker: 'steward-1' });
    await order(COMPENSATE);
    await scene.line.until(reached);
    first.die();
    await scene.steward('steward-2');
    await scene.answered(requestKey(NAME));
    await expectInOrder(scene, [id]);
    expect(await scene.status(id)).toBe('cancelled');
  });

  it('has no effect when another operator’s retry has come first and completed the step', async () => {
    let isOpen = false;
    const { scene, id, order } = await parkedOrder({
      run: { pay: () => (isOpen ? undefined : again('shut')), ship: () => again('no van') },
    });
    await order(FAIL);
    isOpen = true;
    await scene.line.until(retryParked(scene.line.addOperator().acting, id));
    const { shelves } = scene.line.store;
    await scene.line.clock.runUntil(() => shelves.get(id)?.head?.parked?.step === 3, 60_000);
    await scene.steward();
    expect(await scene.answered(requestKey(NAME))).toEqual({
      kind: 'refused',
      state: 'paid',
      reason: 'it has gone on from step 2',
    });
    await expectInOrder(scene, [id]);
    expect(scene.ledger.left).toEqual(['reserve', 'pay']);
  });

  it('leaves nothing to retry: the two do not both act', async () => {
    const { scene, id, order } = await parkedOrder();
    await order(COMPENSATE);
    await scene.steward();
    await scene.answered(requestKey(NAME));
    await expect(
      scene.line.until(retryParked(scene.line.addOperator().acting, id, { parking: { step: 2, attempt: 1 } })),
    ).rejects.toMatchObject({ code: 'workflow-not-parked' });
    await expectInOrder(scene, [id]);
  });
});

describe('a group that is retried', () => {
  it('lists what was not: it has gone on since it was found', async () => {
    const { scene, id, open } = await parkedOrder();
    const { acting } = scene.line.addOperator();
    const { parked } = await findParked(scene.line.journal, {}, 10);
    expect(parked).toMatchObject([{ workflowId: id, step: 2, attempt: 1, action: 'pay', code: 'retries-exhausted' }]);
    open();
    const done: number[] = [];
    expect(await scene.line.until(retryGroup(acting, parked, (count) => done.push(count)))).toMatchObject([
      { workflowId: id, step: 2, attempt: 3 },
    ]);
    await scene.line.untilDrained();
    expect(await scene.line.until(retryGroup(acting, parked))).toMatchObject([
      { workflowId: id, refused: 'workflow-not-parked' },
    ]);
    expect(done).toEqual([1]);
    expect(await scene.status(id)).toBe('succeeded');
  });
});
