import { defineWorkflow } from '../../../shared/index.ts';
import { actions } from '../actions/index.ts';
import { FRAUD_REVIEW_ABOVE_CENTS, orderSchema } from '../order.ts';

/** From a placed order to a delivered and paid one. */
export const orderPayment = defineWorkflow({
  name: 'order-payment',
  version: 1,
  input: orderSchema,
  actions,
  initial: 'placed',
  states: {
    placed: {
      choices: [{ action: 'reserve-stock', to: 'reserved', onFailure: { 'out-of-stock': 'out-of-stock' } }],
    },
    reserved: {
      choices: [
        {
          when: `amount > ${FRAUD_REVIEW_ABOVE_CENTS}`,
          action: 'review-fraud',
          to: 'reviewed',
          onFailure: { 'fraud-suspected': 'suspected' },
        },
        { action: 'authorize-payment', to: 'authorized', onFailure: { 'card-declined': 'declined' } },
      ],
    },
    reviewed: {
      choices: [{ action: 'authorize-payment', to: 'authorized', onFailure: { 'card-declined': 'declined' } }],
    },
    authorized: { choices: [{ action: 'capture-payment', to: 'paid' }] },
    paid: { choices: [{ action: 'ship', to: 'shipped' }] },
    shipped: { choices: [{ action: 'confirm-delivery', to: 'delivered' }] },
    delivered: { end: 'succeeded' },
    declined: { end: 'failed' },
    'out-of-stock': { end: 'failed' },
    suspected: { end: 'failed' },
  },
});
