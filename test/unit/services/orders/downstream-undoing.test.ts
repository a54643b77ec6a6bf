// Goal: whatever was asked for can be undone, once, whatever became of it and in whatever order the requests come; and what was
// undone sums to zero.
import { afterEach, describe, expect, it } from '@jest/globals';
import { sum } from '../../../../services/orders/downstream/books.ts';
import { useStub } from './stub.ts';

const stub = useStub();
afterEach(async () => {
  await stub.misbehave({});
});

const shipTo = { name: 'Ada', street: 'Hafenstrasse 7', postcode: '20457', city: 'Hamburg', country: 'DE' };
const amount = 4_200;

interface Done {
  readonly status: number;
  readonly body: Record<string, string>;
}

/** Asks for something under the key `<order>/<what>`. */
async function ask(orderId: string, what: string, path: string, rest: object): Promise<Done> {
  const answer = await stub.post(path, `${orderId}/${what}`, { orderId, ...rest });
  // The stub answers with an object of texts wherever these tests look into it.
  return { status: answer.status, body: (await answer.json()) as Record<string, string> };
}

const reserve = (orderId: string) =>
  ask(orderId, 'reserve', '/stock/reservations', { items: [{ sku: 'TEA-ASSAM-250', quantity: 3 }] });
const authorize = (orderId: string, card = 'card_0011223344_4242') =>
  ask(orderId, 'authorize', '/payments/authorizations', { amount, currency: 'EUR', card });
const capture = (orderId: string, { body }: Done) =>
  ask(orderId, 'capture', '/payments/captures', { amount, authorizationId: body['authorizationId'] });
const ship = (orderId: string, { body }: Done, postcode = shipTo.postcode) =>
  ask(orderId, 'ship', '/shipping/shipments', {
    reservationId: body['reservationId'],
    shipTo: { ...shipTo, postcode },
  });

/** Undoes `<order>/<what>`. */
const undo = (orderId: string, what: string, path: string) =>
  ask(orderId, `undo ${what}`, path, { undoes: `${orderId}/${what}` });

const told = (path: string, key: string): Promise<Response> =>
  fetch(`${stub.url}${path}`, { headers: { 'idempotency-key': key } });

/** What an order has moved in sum, without the accounts that are at zero. */
async function moved(orderId: string): Promise<object> {
  const entries = [...(await stub.ledger()).values()].filter((entry) => entry.orderId === orderId);
  const total = entries.reduce((sums, entry) => sum(sums, entry.moved), {});
  return Object.fromEntries(Object.entries(total).filter(([, units]) => units !== 0));
}

describe('the undoing of an order at the stub', () => {
  it('brings stock, held and charged money and parcels back to zero, newest first', async () => {
    const reservation = await reserve('all');
    await capture('all', await authorize('all'));
    await ship('all', reservation);
    expect(await moved('all')).toEqual({ stock: -3, charged: amount, parcels: 1 });

    for (const [what, path] of [
      ['ship', '/shipping/recalls'],
      ['capture', '/payments/reversals'],
      ['authorize', '/payments/voids'],
      ['reserve', '/stock/releases'],
    ] as const) {
      expect((await undo('all', what, path)).status).toBe(200);
    }
    expect(await moved('all')).toEqual({});
    // Nothing was held any more after the capture.
    expect((await stub.ledger()).get('all/undo authorize')).toMatchObject({ effected: 0, moved: {} });
  });

  it('frees money that is only held', async () => {
    await authorize('held');
    expect(await moved('held')).toEqual({ held: amount });
    expect((await undo('held', 'authorize', '/payments/voids')).body).toEqual({ undone: true });
    expect(await moved('held')).toEqual({});
  });

  it('happens once under one key, and finds nothing to undo under another', async () => {
    await reserve('once');
    expect((await undo('once', 'reserve', '/stock/releases')).body).toEqual({ undone: true });
    expect((await undo('once', 'reserve', '/stock/releases')).body).toEqual({ undone: true });
    const again = await ask('once', 'other', '/stock/releases', { undoes: 'once/reserve' });

    expect(again.body).toEqual({ undone: false });
    expect((await stub.ledger()).get('once/undo reserve')).toMatchObject({ seen: 2, effected: 1, moved: { stock: 3 } });
    expect(await moved('once')).toEqual({});
  });

  it('of what never arrived lets it have no effect when it comes later', async () => {
    expect((await undo('late', 'reserve', '/stock/releases')).body).toEqual({ undone: false });
    expect((await reserve('late')).status).toBe(410);
    expect((await stub.ledger()).get('late/reserve')).toMatchObject({ seen: 1, effected: 0 });
  });

  it('of what was refused finds nothing to undo', async () => {
    await authorize('refused', 'card_0011223344_0002');
    expect((await undo('refused', 'authorize', '/payments/voids')).body).toEqual({ undone: false });
  });

  it('leaves nothing that could be captured', async () => {
    const authorization = await authorize('gone');
    await undo('gone', 'authorize', '/payments/voids');
    expect((await capture('gone', authorization)).status).toBe(409);
  });

  it('is misbehaved with like everything else: the reply is lost, and the same key gets it later', async () => {
    await reserve('mischief');
    await stub.misbehave({ lostReplyRate: 1 });
    await expect(undo('mischief', 'reserve', '/stock/releases')).rejects.toThrow('fetch failed');
    await stub.misbehave({ errorRate: 1 });
    expect((await undo('mischief', 'reserve', '/stock/releases')).status).toBe(500);
    await stub.misbehave({});
    expect((await undo('mischief', 'reserve', '/stock/releases')).body).toEqual({ undone: true });
    expect((await stub.ledger()).get('mischief/undo reserve')).toMatchObject({ seen: 3, effected: 1 });
  });
});

describe('a return at the stub', () => {
  it('brings everything back to zero, and leaves nothing to undo', async () => {
    const reservation = await reserve('return');
    const captured = await capture('return', await authorize('return'));
    const { body: parcel } = await ship('return', reservation);
    const back = [
      await ask('return', 'receive', '/shipping/returns', { trackingNumber: parcel['trackingNumber'] }),
      await ask('return', 'refund', '/payments/refunds', { amount, captureId: captured.body['captureId'] }),
      await ask('return', 'restock', '/stock/restockings', { reservationId: reservation.body['reservationId'] }),
    ];
    expect(back.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(await moved('return')).toEqual({});
    expect((await undo('return', 'capture', '/payments/reversals')).body).toEqual({ undone: false });
    expect(await moved('return')).toEqual({});
  });

  it('refuses to give back what was given back', async () => {
    const captured = await capture('twice', await authorize('twice'));
    const refund = { amount, captureId: captured.body['captureId'] };
    await ask('twice', 'refund', '/payments/refunds', refund);
    expect((await ask('twice', 'another refund', '/payments/refunds', refund)).status).toBe(409);
  });
});

describe('what takes its time at the stub', () => {
  it('is taken on, asked about by its key, and there some time later; the effect happened at once', async () => {
    await stub.misbehave({ confirmAfterMs: 60_000 });
    const taken = await capture('slow', await authorize('slow', 'card_0011223344_0036'));
    expect(taken).toEqual({ status: 202, body: { pending: true } });
    expect((await told('/payments/captures', 'slow/capture')).status).toBe(202);
    expect(await moved('slow')).toEqual({ charged: amount });

    await stub.misbehave({ confirmAfterMs: 0 });
    const other = await capture('quick', await authorize('quick', 'card_0011223344_0036'));
    expect(other).toEqual({ status: 201, body: { captureId: 'cap_quick' } });
    expect(await (await told('/payments/captures', 'quick/capture')).json()).toEqual({ captureId: 'cap_quick' });
  });

  it('never comes from a bank that is silent, and then nothing happened', async () => {
    await stub.misbehave({ confirmAfterMs: 0 });
    await capture('silent', await authorize('silent', 'card_0011223344_0069'));
    expect((await told('/payments/captures', 'silent/capture')).status).toBe(202);
    expect(await moved('silent')).toEqual({ held: amount });
    expect((await undo('silent', 'capture', '/payments/reversals')).body).toEqual({ undone: false });
    await undo('silent', 'authorize', '/payments/voids');
    expect(await moved('silent')).toEqual({});
  });

  it('is a parcel to a place that is far away', async () => {
    await stub.misbehave({ deliverAfterMs: 60_000 });
    const near = await ship('near', await reserve('near'));
    const far = await ship('far', await reserve('far'), 'ZE1 0LX');
    const confirm = (orderId: string, { body }: Done) =>
      ask(orderId, 'confirm', '/delivery/confirmations', { trackingNumber: body['trackingNumber'] });
    expect([(await confirm('near', near)).status, (await confirm('far', far)).status]).toEqual([201, 202]);
  });

  it('is not known under a key that nobody used there, and without a key', async () => {
    await reserve('asked');
    expect((await told('/payments/captures', 'asked/reserve')).status).toBe(404);
    expect((await told('/payments/captures', 'nobody')).status).toBe(404);
    expect((await fetch(`${stub.url}/payments/captures`)).status).toBe(400);
  });
});
