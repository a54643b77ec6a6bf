import { afterEach, describe, expect, it } from '@jest/globals';
import { useStub } from './stub.ts';

const stub = useStub();
afterEach(async () => {
  await stub.misbehave({});
});

const payment = (orderId: string, card = 'card_0011223344_4242') => ({ orderId, amount: 4_200, currency: 'EUR', card });

describe('the stub downstream', () => {
  it('gives the same answer to the same key, and lets the effect happen once', async () => {
    const first = await stub.post('/payments/authorizations', 'same', payment('order-1'));
    const second = await stub.post('/payments/authorizations', 'same', payment('order-1'));

    expect([first.status, second.status]).toEqual([201, 201]);
    expect(await second.json()).toEqual(await first.json());
    expect((await stub.ledger()).get('same')).toEqual({
      key: 'same',
      endpoint: '/payments/authorizations',
      orderId: 'order-1',
      seen: 2,
      effected: 1,
      moved: { held: 4_200 },
    });
  });

  it('lets the effect happen once when the same key comes many times at once', async () => {
    await stub.misbehave({ slowRate: 0.5, slowMs: 20, lostReplyRate: 0.2 });
    const calls = Array.from({ length: 20 }, () => stub.post('/shipping/shipments', 'crowd', shipment('order-2')));
    const answers = await Promise.allSettled(calls);

    expect(answers.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect((await stub.ledger()).get('crowd')).toMatchObject({ seen: 20, effected: 1 });
  });

  it('refuses a key that comes again with another body, or at another endpoint', async () => {
    await stub.post('/payments/authorizations', 'reused', payment('order-3'));

    expect((await stub.post('/payments/authorizations', 'reused', payment('order-4'))).status).toBe(422);
    expect((await stub.post('/shipping/shipments', 'reused', shipment('order-3'))).status).toBe(422);
    expect((await stub.ledger()).get('reused')).toMatchObject({ orderId: 'order-3', effected: 1 });
  });

  it('refuses a request without a key, without JSON, with a field missing, or too large; nothing is noted', async () => {
    const before = (await stub.ledger()).size;

    expect((await stub.post('/shipping/shipments', undefined, shipment('order-5'))).status).toBe(400);
    expect((await stub.post('/shipping/shipments', 'k-json', '{')).status).toBe(400);
    expect((await stub.post('/shipping/shipments', 'k-field', { orderId: 'order-5' })).status).toBe(400);
    const large = { ...shipment('order-5'), padding: 'x'.repeat(70_000) };
    expect((await stub.post('/shipping/shipments', 'k-large', large)).status).toBe(400);
    expect((await stub.ledger()).size).toBe(before);
  });

  it('tells from the order what it refuses, and a refusal has no effect', async () => {
    const declined = await stub.post(
      '/payments/authorizations',
      'declined',
      payment('order-6', 'card_0011223344_0002'),
    );
    const items = [
      { sku: 'TEA-ASSAM-250', quantity: 1 },
      { sku: 'CONSOLE-SOLD-OUT', quantity: 1 },
    ];
    const soldOut = await stub.post('/stock/reservations', 'sold-out', { orderId: 'order-6', items });
    const review = { ...payment('order-6', 'card_0011223344_0019'), customerId: 'customer-1' };
    const suspected = await stub.post('/fraud/reviews', 'suspected', review);

    expect([declined.status, soldOut.status, suspected.status]).toEqual([402, 409, 403]);
    expect(await declined.json()).toMatchObject({ code: 'card-declined' });
    expect(await soldOut.json()).toMatchObject({ code: 'out-of-stock', message: 'CONSOLE-SOLD-OUT is sold out' });
    expect(await suspected.json()).toMatchObject({ code: 'fraud-suspected' });
    const ledger = await stub.ledger();
    for (const key of ['declined', 'sold-out', 'suspected']) expect(ledger.get(key)?.effected).toBe(0);
  });

  it('has nothing at other paths', async () => {
    expect((await stub.post('/payments/gifts', 'k', {})).status).toBe(404);
    expect((await fetch(`${stub.url}/elsewhere`)).status).toBe(404);
  });
});

describe('the misbehaving stub', () => {
  it('answers 500 and does nothing', async () => {
    await stub.misbehave({ errorRate: 1 });
    expect((await stub.post('/shipping/shipments', 'error', shipment('order-7'))).status).toBe(500);
    expect((await stub.ledger()).get('error')).toMatchObject({ seen: 1, effected: 0 });
  });

  it('answers 429 with Retry-After and does nothing', async () => {
    await stub.misbehave({ throttleRate: 1, retryAfterSeconds: 7 });
    const answer = await stub.post('/shipping/shipments', 'throttled', shipment('order-8'));

    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '7']);
    expect((await stub.ledger()).get('throttled')).toMatchObject({ seen: 1, effected: 0 });
  });

  it('loses a reply: the effect happened, the connection closes, and the same key gets the answer later', async () => {
    await stub.misbehave({ lostReplyRate: 1 });
    await expect(stub.post('/shipping/shipments', 'lost', shipment('order-9'))).rejects.toThrow('fetch failed');
    expect((await stub.ledger()).get('lost')).toMatchObject({ seen: 1, effected: 1 });

    await stub.misbehave({});
    expect((await stub.post('/shipping/shipments', 'lost', shipment('order-9'))).status).toBe(201);
    expect((await stub.ledger()).get('lost')).toMatchObject({ seen: 2, effected: 1 });
  });

  it('answers late', async () => {
    await stub.misbehave({ slowRate: 1, slowMs: 150 });
    const begun = performance.now();
    expect((await stub.post('/shipping/shipments', 'slow', shipment('order-10'))).status).toBe(201);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(140);
  });

  it('misbehaves as often as it was told, and in the same way to the same keys', async () => {
    const statuses = async (prefix: string): Promise<number[]> => {
      const calls = Array.from({ length: 200 }, (_, index) =>
        stub.post('/shipping/shipments', `${prefix}${index}`, shipment('order-11')),
      );
      return (await Promise.all(calls)).map(({ status }) => status);
    };
    await stub.misbehave({ errorRate: 0.25, seed: 'a' });
    const seen = await statuses('rate-');
    const failures = seen.filter((status) => status === 500).length;
    expect(failures).toBeGreaterThan(30);
    expect(failures).toBeLessThan(70);
    // Every repetition of a key has a chance of its own: the second arrival of those that failed mostly gets through.
    expect((await statuses('rate-')).filter((status) => status === 500).length).toBeLessThan(70);
    expect(await statuses('other-')).not.toEqual(seen);
  });

  it('refuses a misbehaviour that makes no sense, and keeps what it has', async () => {
    await stub.misbehave({ errorRate: 0.5 });
    expect((await stub.misbehave({ errorRate: 2 })).status).toBe(400);
    expect((await stub.misbehave({ eroRate: 0.1 })).status).toBe(400);
    expect(await (await fetch(`${stub.url}/misbehaviour`)).json()).toMatchObject({ errorRate: 0.5 });
  });
});

const shipment = (orderId: string) => ({
  orderId,
  reservationId: 'rsv_1',
  shipTo: { name: 'Ada', street: 'Hafenstrasse 7', postcode: '20457', city: 'Hamburg', country: 'DE' },
});
