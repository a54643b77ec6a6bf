import { defineWorkflow } from '../../../shared/index.ts';
import { actions } from '../actions/index.ts';
import { FRAUD_REVIEW_ABOVE_CENTS, orderSchema } from '../order.ts';

const RETURNING = 'it is cancelled already: the parcel is on its way back';

/**
 * From a placed order to a delivered and paid one; or back. Until the parcel is on its way a cancelled order is undone step by step;
 * after that it takes the way of a return.
 */
export const orderPayment = defineWorkflow({
  name: 'order-payment',
  version: 1,
  input: orderSchema,
  actions,
  initial: 'placed',
  states: {
    placed: {
      cancel: 'compensate',
      choices: [{ action: 'reserve-stock', to: 'reserved', onFailure: { 'out-of-stock': 'out-of-stock' } }],
    },
    reserved: {
      cancel: 'compensate',
      choices: [
        {
          when: `amount > ${FRAUD_REVIEW_ABOVE_CENTS}`,
          action: 'review-fraud',
          to: 'reviewed',
          onFailure: { 'fraud-suspected': 'compensate' },
        },
        { action: 'authorize-payment', to: 'authorized', onFailure: { 'card-declined': 'compensate' } },
      ],
    },
    reviewed: {
      cancel: 'compensate',
      choices: [{ action: 'authorize-payment', to: 'authorized', onFailure: { 'card-declined': 'compensate' } }],
    },
    authorized: {
      cancel: 'compensate',
      choices: [{ action: 'capture-payment', to: 'paid', onFailure: { 'not-confirmed': 'compensate' } }],
    },
    paid: { cancel: 'compensate', choices: [{ action: 'ship', to: 'shipped' }] },
    shipped: {
      cancel: { to: 'return-requested' },
      choices: [{ action: 'confirm-delivery', to: 'delivered', onFailure: { 'lost-on-the-way': 'compensate' } }],
    },
    delivered: { end: 'succeeded' },
    'out-of-stock': { end: 'failed' },

    'return-requested': { cancel: { refuse: RETURNING }, choices: [{ action: 'receive-return', to: 'returned' }] },
    returned: { cancel: { refuse: RETURNING }, choices: [{ action: 'refund-payment', to: 'refunded' }] },
    refunded: { cancel: { refuse: RETURNING }, choices: [{ action: 'restock', to: 'cancelled' }] },
    cancelled: { end: 'cancelled' },
  },
});
