// Sixty days in under a second; and the same on real servers, with CONVEYOR_TEST=real.
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { expectTimeline, type TestLine, testLine } from '../../shared/testing/index.ts';
import { orderActions, orderWithWait, type Shop } from './workflow.ts';

let shop: Shop;
let line: TestLine;

beforeEach(async () => {
  shop = { reservations: new Map(), parcels: new Map() };
  const actions = orderActions(shop);
  // On real servers a day is a fifth of a second.
  line = await testLine({ actions, workflows: [orderWithWait(actions)], timeScale: 400_000 });
});

// Proves that the engine has kept its guarantees.
afterEach(() => line.close());

const place = () => line.start('order-with-wait', { sku: 'MUG-BLUE', quantity: 2 }, { key: '4711' });

it('ships what is paid within thirty days', async () => {
  const order = await place();
  await line.advance('10d');
  await expectTimeline(order).toStandAt({ status: 'waiting', state: 'reserved' });

  await line.notify('payment-received', order, { paymentId: 'p-1' });
  await expectTimeline(order).toEqual([
    '1 reserve-stock completed → reserved',
    '2 await-payment completed by notification → paid',
    '3 ship completed → shipped',
  ]);
  expect(await order.data()).toMatchObject({ paymentId: 'p-1', sku: 'MUG-BLUE' });
});

it('gives the stock back when nobody has paid after thirty days', async () => {
  const order = await place();
  await line.advance('30d');
  await expectTimeline(order).toContain(['2 await-payment failed: not-paid by deadline', '3 reserve-stock undone']);
  await expectTimeline(order).toStandAt({ status: 'failed' });
  expect(shop.reservations.size).toBe(0);
});

it('gives the stock back when the customer cancels, and takes no payment any more', async () => {
  const order = await place();
  await line.advance('1d');
  const request = await line.cancel(order, 'changed my mind');
  await line.advance('10s');
  await expectTimeline(order).toStandAt({ status: 'cancelled' });
  expect(await request.answer()).toEqual({ kind: 'accepted' });

  await line.notify('payment-received', order, { paymentId: 'too late' });
  await expectTimeline(order).toContain(['2 cancelled', '3 reserve-stock undone']);
  expect(shop).toEqual({ reservations: new Map(), parcels: new Map() });
});

it('cancels an order that could not be shipped within sixty days', async () => {
  line.killWorker('ship', { restart: false });
  const order = await place();
  await line.notify('payment-received', order, { paymentId: 'p-1' });
  await line.advance('60d');
  await expectTimeline(order).toStandAt({ status: 'cancelled', state: 'paid' });
  expect(shop.reservations.size).toBe(0);
});

it('ships once, although the worker dies after it has asked for it', async () => {
  line.killWorker('ship', { at: 'performed' });
  line.deliverTwice('ship');
  const order = await place();
  await line.notify('payment-received', order, { paymentId: 'p-1' });
  await line.advance('10s');
  await expectTimeline(order).toPassThrough('reserved', 'paid', 'shipped');
  await expectTimeline(order).toContain(['3 ship lost', '3 ship completed → shipped']);
  expect(shop.parcels.size).toBe(1);
});
