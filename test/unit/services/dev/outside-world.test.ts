// Goal: what customers and banks say is said once, at its moment, whatever comes twice; nobody is forgotten in the end.
import { describe, expect, it } from '@jest/globals';
import { OutsideWorld } from '../../../../services/dev/outside-world.ts';
import { type Moment, planOf } from '../../../../services/dev/plans.ts';
import { generateOrders } from '../../../../services/orders/order-generator.ts';
import type { OutgoingMessage } from '../../../../shared/broker/broker.ts';
import type { LifecycleEvent, LifecycleEventName } from '../../../../shared/contract/lifecycle-event.ts';
import { decodeStewardEvent } from '../../../../shared/contract/steward-event.ts';
import { Refused, Unavailable } from '../../../../shared/core/errors.ts';
import { SeededRandom } from '../../../../shared/testing/seeded-random.ts';
import { VirtualClock } from '../../../../shared/testing/virtual-clock.ts';

const WANTED = { seed: 'world', count: 400 };
const orders = [...generateOrders(WANTED.seed, WANTED.count)];

function world(publish?: (message: OutgoingMessage) => Promise<void>) {
  const said: OutgoingMessage[] = [];
  const publisher = { publish: publish ?? (async (message: OutgoingMessage) => void said.push(message)) };
  const clock = new VirtualClock();
  const stop = new AbortController().signal;
  const outside = new OutsideWorld({ publisher, namespace: 'ns', clock, random: new SeededRandom(1), stop }, WANTED);
  const decoded = () =>
    said.map(({ body, contentType, routingKey }) => decodeStewardEvent(body, contentType, routingKey));
  return { outside, clock, decoded };
}

const event = (orderId: string, name: LifecycleEventName, action?: string): [LifecycleEventName, LifecycleEvent] => [
  name,
  {
    specversion: '1.0',
    id: `${orderId}/${name}`,
    source: '/conveyor/ns',
    type: `conveyor.workflow.${name}`,
    subject: orderId,
    time: '2026-01-01T00:00:00Z',
    datacontenttype: 'application/json',
    workflowid: 'AAAAAAAAAAAAAAAAAAAAAA',
    data: { workflow: 'order-payment', version: 1, state: 'x', step: 4, ...(action ? { action } : {}) },
  },
];

/** An order whose customer changes their mind at that moment. */
function orderOf(moment: Moment): string {
  const found = orders.find((order) => planOf(order).cancel === moment);
  if (!found) throw new Error(`no order is cancelled ${moment}`);
  return found.orderId;
}

describe('the plans for orders', () => {
  it('are the same for the same order, and have a share of every moment', () => {
    const moments = orders.map((order) => planOf(order).cancel);
    expect(orders.map((order) => planOf(order).cancel)).toEqual(moments);
    for (const [moment, least, most] of [
      ['at-once', 2, 20],
      ['some-time', 4, 25],
      ['waiting', 5, 40],
      ['afterwards', 1, 15],
    ] as const) {
      const count = moments.filter((planned) => planned === moment).length;
      expect([moment, count >= least, count <= most]).toEqual([moment, true, true]);
    }
  });
});

describe('the outside world', () => {
  it('has the early confirmations out before any order is placed, for slow banks alone', async () => {
    const { outside, decoded } = world();
    await outside.begin();
    const early = orders.filter((order) => planOf(order).confirmation === 'early').map(({ orderId }) => orderId);
    expect(early.length).toBeGreaterThan(0);
    expect(decoded().map(({ kind, businessKey }) => [kind, businessKey])).toEqual(
      early.map((orderId) => ['notification', orderId]),
    );
  });

  it.each([
    ['at-once', 'started', 2],
    ['waiting', 'waiting', 1],
    ['afterwards', 'succeeded', 1],
  ] as const)(
    'lets those who cancel %s say so when the order is %s, however often that is told',
    async (moment, name, times) => {
      const { outside, decoded } = world();
      const orderId = orderOf(moment);
      outside.take(...event(orderId, name));
      outside.take(...event(orderId, name));
      expect(await outside.end()).toHaveLength(times);
      expect(
        decoded().filter(({ kind, businessKey }) => kind === 'cancellation' && businessKey === orderId),
      ).toHaveLength(times);
    },
  );

  it('lets nobody ask twice who waits for the bank, and then for the carrier', async () => {
    const { outside } = world();
    const [name, first] = event(orderOf('waiting'), 'waiting', 'capture-payment');
    outside.take(name, first);
    outside.take(name, { ...first, data: { ...first.data, step: 5, action: 'confirm-delivery' } });
    expect(await outside.end()).toHaveLength(1);
  });

  it('lets those who doubt think for some seconds, and say it in the end at the latest', async () => {
    const thoughtful = world();
    thoughtful.outside.take(...event(orderOf('some-time'), 'started'));
    expect(thoughtful.decoded()).toEqual([]);
    await thoughtful.clock.advance(8_000);
    expect(thoughtful.decoded()).toHaveLength(1);
    expect(await thoughtful.outside.end()).toHaveLength(1);

    const hurried = world();
    hurried.outside.take(...event(orderOf('some-time'), 'started'));
    expect(await hurried.outside.end()).toEqual([{ orderId: orderOf('some-time'), intent: expect.any(String) }]);
    expect(hurried.decoded()).toHaveLength(1);
  });

  it('lets a bank confirm while the payment is waited for, and some of them twice under two ids', async () => {
    for (const [confirmation, times] of [
      ['once', 1],
      ['twice', 2],
      ['never', 0],
      ['early', 0],
    ] as const) {
      const { outside, clock, decoded } = world();
      const order = orders.find((one) => planOf(one).confirmation === confirmation && planOf(one).cancel !== 'waiting');
      outside.take(...event(order?.orderId ?? '', 'waiting', 'capture-payment'));
      await clock.advance(1_000);
      expect([confirmation, decoded().length]).toEqual([confirmation, times]);
      expect(new Set(decoded().map(({ key }) => key)).size).toBe(times);
    }
  });

  it('says again what the broker did not confirm, and fails on what no broker takes', async () => {
    let calls = 0;
    const patient = world(async ({ exchange }) => {
      calls += 1;
      if (calls === 1) throw new Unavailable('publish-unknown', { exchange, problem: 'lost' });
    });
    patient.outside.take(...event(orderOf('afterwards'), 'succeeded'));
    await patient.clock.advance(5_000);
    expect(await patient.outside.end()).toHaveLength(1);
    expect(calls).toBe(2);

    const refused = world(async ({ exchange }) => {
      throw new Refused('message-invalid', { exchange, problem: 'no' });
    });
    refused.outside.take(...event(orderOf('afterwards'), 'succeeded'));
    await expect(refused.outside.end()).rejects.toMatchObject({ code: 'message-invalid' });
  });
});
