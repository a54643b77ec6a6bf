// An order that waits thirty days for its payment: a notification pays it, the time gives it up, and it can be cancelled until it is shipped.
import { z } from 'zod';
import { completed, defineAction, defineWorkflow, waiting } from '../../shared/index.ts';

const order = z.object({ sku: z.string(), quantity: z.int().min(1) });

/** What the shop's other services would do; the test looks at it afterwards. */
export interface Shop {
  /** By idempotency key, so that the same request twice is one reservation. */
  readonly reservations: Map<string, string>;
  readonly parcels: Map<string, string>;
}

export function orderActions({ reservations, parcels }: Shop) {
  // #region Actions that wait and can be undone
  const reserveStock = defineAction({
    name: 'reserve-stock',
    input: order,
    changes: z.object({ reservationId: z.string() }),
    async run({ input, idempotencyKey }) {
      reservations.set(idempotencyKey, input.sku);
      return completed({ reservationId: idempotencyKey });
    },
    async compensate({ undoneKey }) {
      reservations.delete(undoneKey);
      return completed({});
    },
  });

  const awaitPayment = defineAction({
    name: 'await-payment',
    input: z.object({}),
    changes: z.object({ paymentId: z.string() }),
    notifications: { 'payment-received': z.object({ paymentId: z.string() }) },
    failures: ['not-paid'],
    async run() {
      return waiting({ notification: 'payment-received', until: '30d', otherwise: 'not-paid' });
    },
  });
  // #endregion

  const ship = defineAction({
    name: 'ship',
    input: z.object({ sku: z.string(), paymentId: z.string() }),
    changes: z.object({ parcelId: z.string() }),
    async run({ input, idempotencyKey }) {
      parcels.set(idempotencyKey, input.sku);
      return completed({ parcelId: idempotencyKey });
    },
  });

  return [reserveStock, awaitPayment, ship] as const;
}

// #region The definition
export const orderWithWait = (actions: ReturnType<typeof orderActions>) =>
  defineWorkflow({
    name: 'order-with-wait',
    version: 1,
    input: order,
    actions,
    deadline: '60d',
    initial: 'placed',
    states: {
      placed: { cancel: 'compensate', choices: [{ action: 'reserve-stock', to: 'reserved' }] },
      reserved: {
        cancel: 'compensate',
        choices: [{ action: 'await-payment', to: 'paid', onFailure: { 'not-paid': 'compensate' } }],
      },
      paid: { cancel: 'compensate', choices: [{ action: 'ship', to: 'shipped' }] },
      shipped: { end: 'succeeded' },
    },
  });
// #endregion
