import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createActions } from '../../../../services/orders/actions/index.ts';
import { HttpDownstream } from '../../../../services/orders/downstream-client.ts';
import type { Order } from '../../../../services/orders/order.ts';
import { generateOrder } from '../../../../services/orders/order-generator.ts';
import type { JsonObject, Outcome } from '../../../../shared/index.ts';
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

describe('the actions of the orders line', () => {
  it('take an order from its placement to its delivery', async () => {
    const changes = { reservationId: /^rsv_/, fraudReviewId: /^rev_/, authorizationId: /^aut_/, captureId: /^cap_/ };
    let data: JsonObject = order;
    for (const action of createActions(downstream)) {
      const { name } = action;
      const outcome = await perform(name, data, `happy-${name}`);
      if (outcome.kind !== 'completed') throw new Error(`${name}: ${JSON.stringify(outcome)}`);
      expect(action.parseChanges(outcome.changes)).toMatchObject({ ok: true });
      data = { ...data, ...outcome.changes };
    }
    for (const [field, pattern] of Object.entries(changes)) expect(data[field]).toMatch(pattern);
    expect(data).toMatchObject({ trackingNumber: expect.stringMatching(/^PX/), deliveredAt: expect.any(String) });
    const ledger = await stub.ledger();
    for (const { name } of createActions(downstream)) expect(ledger.get(`happy-${name}`)?.effected).toBe(1);
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
