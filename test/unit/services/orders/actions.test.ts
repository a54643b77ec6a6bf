import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createActions } from '../../../../services/orders/actions/index.ts';
import { sum } from '../../../../services/orders/downstream/books.ts';
import { captureIdOf } from '../../../../services/orders/downstream/endpoints.ts';
import { HttpDownstream } from '../../../../services/orders/downstream-client.ts';
import type { Order } from '../../../../services/orders/order.ts';
import { generateOrder } from '../../../../services/orders/order-generator.ts';
import { completed, type JsonObject, type Outcome, pending } from '../../../../shared/index.ts';
import { silentLog } from '../../../../shared/runtime/log.ts';
import { useStub } from './stub.ts';

const stub = useStub();
let downstream: HttpDownstream;
beforeAll(() => {
  downstream = new HttpDownstream(stub.url);
});
afterAll(() => downstream.close());
afterEach(async () => {
  await stub.misbehave({});
});

const order: Order = { ...generateOrder('actions', 1), amount: 150_000, card: 'card_001122334455_4242' };

/** Performs an action as a worker would: with its declared input only, its result checked by its contract. */
async function perform(
  name: string,
  data: JsonObject,
  key: string,
  { signal = new AbortController().signal } = {},
): Promise<Outcome> {
  const action = createActions(downstream).find((candidate) => candidate.name === name);
  const input = action?.parseInput(data);
  if (!action || !input?.ok) throw new Error(`${name} does not take ${JSON.stringify(data)}`);
  const outcome = await action.run({
    input: input.value,
    idempotencyKey: key,
    signal,
    attempt: 1,
    workflowId: 'w',
    businessKey: 'b',
    log: silentLog,
  });
  return outcome as Outcome;
}

/** The same for another of the action's functions, with what its call has beside. */
async function callOther(name: string, what: 'poll' | 'compensate', data: JsonObject, rest: object): Promise<unknown> {
  const action = createActions(downstream).find((candidate) => candidate.name === name);
  const input = action?.parseInput(data);
  if (!action || !input?.ok) throw new Error(`${name} does not take ${JSON.stringify(data)}`);
  const common = { input: input.value, signal: new AbortController().signal, workflowId: 'w', businessKey: 'b' };
  // The tests give what the call needs; the worker's own tests hold it to that.
  const given = { ...common, log: silentLog, ...rest } as never;
  if (what === 'compensate') return action.compensate?.(given);
  const answers = await action.polling?.poll([given]);
  return Array.isArray(answers) ? answers[0] : answers;
}

const FORWARD = ['reserve-stock', 'review-fraud', 'authorize-payment', 'capture-payment', 'ship', 'confirm-delivery'];
const RETURN = ['receive-return', 'refund-payment', 'restock'];
const UNDOABLE = ['ship', 'capture-payment', 'authorize-payment', 'reserve-stock'];

/** Performs these one after the other. @returns the data after them */
async function performAll(names: readonly string[], data: JsonObject, prefix: string): Promise<JsonObject> {
  let after = data;
  for (const name of names) {
    const outcome = await perform(name, after, `${prefix}-${name}`);
    if (outcome.kind !== 'completed') throw new Error(`${name}: ${JSON.stringify(outcome)}`);
    after = { ...after, ...outcome.changes };
  }
  return after;
}

/** What all of these keys have moved in sum. */
async function moved(prefix: string): Promise<object> {
  const entries = [...(await stub.ledger()).values()].filter(({ key }) => key.startsWith(prefix));
  return entries.reduce((sums, entry) => sum(sums, entry.moved), {});
}

describe('the actions of the orders line', () => {
  it('take an order from its placement to its delivery', async () => {
    const changes = { reservationId: /^rsv_/, fraudReviewId: /^rev_/, authorizationId: /^aut_/, captureId: /^cap_/ };
    let data: JsonObject = order;
    for (const action of createActions(downstream).filter(({ name }) => FORWARD.includes(name))) {
      const { name } = action;
      const outcome = await perform(name, data, `happy-${name}`);
      if (outcome.kind !== 'completed') throw new Error(`${name}: ${JSON.stringify(outcome)}`);
      expect(action.parseChanges(outcome.changes)).toMatchObject({ ok: true });
      data = { ...data, ...outcome.changes };
    }
    for (const [field, pattern] of Object.entries(changes)) expect(data[field]).toMatch(pattern);
    expect(data).toMatchObject({ trackingNumber: expect.stringMatching(/^PX/), deliveredAt: expect.any(String) });
    const ledger = await stub.ledger();
    for (const name of FORWARD) expect(ledger.get(`happy-${name}`)?.effected).toBe(1);
  });

  it('undo what they did, newest first, until the order has moved nothing', async () => {
    const data = await performAll(FORWARD, { ...order, orderId: 'undone' }, 'undone');
    expect(await moved('undone')).toMatchObject({ charged: order.amount, parcels: 1 });
    for (const name of UNDOABLE) {
      const keys = { idempotencyKey: `undone-undo-${name}`, undoneKey: `undone-${name}` };
      const undoing = { ...keys, attempt: 1, performed: 'committed', changes: {} };
      for (const _ of ['once', 'again'])
        expect(await callOther(name, 'compensate', data, undoing)).toEqual(completed({}));
    }
    expect(await moved('undone')).toEqual({ stock: 0, held: 0, charged: 0, parcels: 0 });
  });

  it.each(UNDOABLE)('%s undoes what perhaps never happened, and what comes late then has no effect', async (name) => {
    const data = await performAll(FORWARD, { ...order, orderId: `never-${name}` }, `before-${name}`);
    const keys = { idempotencyKey: `undo-late-${name}`, undoneKey: `late-${name}` };
    const undoing = { ...keys, attempt: 1, performed: 'possibly', changes: undefined };
    expect(await callOther(name, 'compensate', data, undoing)).toEqual(completed({}));
    await expect(perform(name, data, `late-${name}`)).rejects.toThrow('answered 410');
    expect((await stub.ledger()).get(`late-${name}`)).toMatchObject({ seen: 1, effected: 0 });
  });

  it('can undo each action that moves something, and no other', () => {
    const undoable = createActions(downstream).filter(({ contract }) => contract.compensates);
    expect(undoable.map(({ name }) => name).toSorted()).toEqual(UNDOABLE.toSorted());
  });

  it('ask to be repeated when an undoing is throttled', async () => {
    await stub.misbehave({ throttleRate: 1, retryAfterSeconds: 2 });
    const undoing = { idempotencyKey: 'u', undoneKey: 'k', attempt: 1, performed: 'possibly', changes: undefined };
    expect(await callOther('reserve-stock', 'compensate', order, undoing)).toMatchObject({
      kind: 'retry',
      afterMs: 2_000,
    });
  });

  it('take a shipped order back: the parcel, the money, the goods', async () => {
    const shipped = await performAll(FORWARD.slice(0, -1), { ...order, orderId: 'back' }, 'back');
    const data = await performAll(RETURN, shipped, 'back');
    expect(data).toMatchObject({
      returnId: expect.stringMatching(/^ret_/),
      refundId: expect.stringMatching(/^rfd_/),
      restockId: expect.stringMatching(/^rst_/),
    });
    expect(await moved('back')).toEqual({ stock: 0, held: 0, charged: 0, parcels: 0 });
  });

  it('wait for a bank that confirms later: for its notification, its answer to a poll, or the end of patience', async () => {
    await stub.misbehave({ confirmAfterMs: 60_000 });
    const slow = { ...order, orderId: 'slow', card: 'card_001122334455_0036' };
    const data = await performAll(FORWARD.slice(0, 3), slow, 'slow');
    expect(await perform('capture-payment', data, 'slow-capture')).toEqual({
      kind: 'waiting',
      notification: 'payment-confirmed',
      pollAfterMs: 60_000,
      untilMs: 3 * 86_400_000,
      otherwise: 'not-confirmed',
    });
    const asking = { idempotencyKey: 'slow-capture', poll: 1 };
    expect(await callOther('capture-payment', 'poll', data, asking)).toEqual(pending());
    await stub.misbehave({ throttleRate: 1, retryAfterSeconds: 4 });
    expect(await callOther('capture-payment', 'poll', data, asking)).toEqual(pending({ after: '4s' }));
    await stub.misbehave({ errorRate: 1 });
    await expect(callOther('capture-payment', 'poll', data, asking)).rejects.toThrow(
      'GET /payments/captures answered 500',
    );
  });

  it('find what a poll asks about, and what the notification would bring', async () => {
    await stub.misbehave({ confirmAfterMs: 0 });
    const slow = { ...order, orderId: 'sure', card: 'card_001122334455_0036' };
    const data = await performAll(FORWARD.slice(0, 4), slow, 'sure');
    const answer = await callOther('capture-payment', 'poll', data, {
      idempotencyKey: 'sure-capture-payment',
      poll: 1,
    });
    expect(answer).toEqual(completed({ captureId: captureIdOf('sure') }));
  });

  it('wait for a parcel to a place that is far away', async () => {
    await stub.misbehave({ deliverAfterMs: 60_000 });
    const far = { ...order, orderId: 'far', shipTo: { ...order.shipTo, postcode: 'ZE1 0LX' } };
    const data = await performAll(FORWARD.slice(0, 5), far, 'far');
    const waiting = { kind: 'waiting', pollAfterMs: 3_600_000, otherwise: 'lost-on-the-way' };
    expect(await perform('confirm-delivery', data, 'far-confirm')).toMatchObject(waiting);
    const asking = { idempotencyKey: 'far-confirm', poll: 1 };
    expect(await callOther('confirm-delivery', 'poll', data, asking)).toEqual(pending());
  });

  it('have the same result, and one effect, when they are performed again with the same key', async () => {
    const first = await perform('authorize-payment', order, 'again');
    expect(await perform('authorize-payment', order, 'again')).toEqual(first);
    expect((await stub.ledger()).get('again')).toMatchObject({ seen: 2, effected: 1 });
  });

  it.each([
    ['authorize-payment', 'card-declined', { ...order, card: 'card_001122334455_0002' }],
    ['review-fraud', 'fraud-suspected', { ...order, card: 'card_001122334455_0019' }],
    ['reserve-stock', 'out-of-stock', { ...order, items: [{ sku: 'X-SOLD-OUT', quantity: 1, unitPrice: 1 }] }],
  ])('%s fails with %s when the downstream refuses', async (name, code, data) => {
    expect(await perform(name, data, `refused-${name}`)).toMatchObject({ kind: 'failed', code });
  });

  it('ask to be repeated after the time that a busy downstream names', async () => {
    await stub.misbehave({ throttleRate: 1, retryAfterSeconds: 3 });
    expect(await perform('authorize-payment', order, 'busy')).toEqual({
      kind: 'retry',
      reason: 'POST /payments/authorizations answered 429',
      afterMs: 3_000,
    });
  });

  it('throw when the downstream fails, when its answer is lost, and when it does not understand', async () => {
    await stub.misbehave({ errorRate: 1 });
    await expect(perform('authorize-payment', order, 'fails')).rejects.toThrow('answered 500');
    await stub.misbehave({ lostReplyRate: 1 });
    await expect(perform('authorize-payment', order, 'lost')).rejects.toThrow('other side closed');
    await stub.misbehave({});
    await perform('authorize-payment', order, 'used');
    await expect(perform('authorize-payment', { ...order, amount: 1 }, 'used')).rejects.toThrow('answered 422');
  });

  it('throw when nobody listens', async () => {
    const nobody = new HttpDownstream('http://127.0.0.1:1');
    const [reserve] = createActions(nobody);
    const input = reserve?.parseInput(order);
    if (!reserve || !input?.ok) throw new Error('the first action takes an order');
    const call = { idempotencyKey: 'k', signal: new AbortController().signal, attempt: 1, log: silentLog };
    await expect(reserve.run({ ...call, input: input.value, workflowId: 'w', businessKey: 'b' })).rejects.toThrow(
      'ECONNREFUSED',
    );
    await nobody.close();
  });

  it('give up at once when their signal aborts', async () => {
    await stub.misbehave({ slowRate: 1, slowMs: 30_000 });
    const controller = new AbortController();
    const performing = perform('authorize-payment', order, 'aborted', { signal: controller.signal });
    controller.abort(new Error('the process stops'));
    await expect(performing).rejects.toThrow('the process stops');
  });
});
