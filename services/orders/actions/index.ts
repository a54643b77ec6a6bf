import { type Downstream, HttpDownstream } from '../downstream-client.ts';
import { orderSettings } from '../settings.ts';
import { authorizePayment } from './authorize-payment.ts';
import { capturePayment } from './capture-payment.ts';
import { confirmDelivery } from './confirm-delivery.ts';
import { type Patiences, USUAL_PATIENCE } from './patience.ts';
import { receiveReturn } from './receive-return.ts';
import { refundPayment } from './refund-payment.ts';
import { reserveStock } from './reserve-stock.ts';
import { restock } from './restock.ts';
import { reviewFraud } from './review-fraud.ts';
import { ship } from './ship.ts';

/** The actions of the orders line, calling this downstream: in the order in which an order passes them, then those of a return. */
export const createActions = (downstream: Downstream, { payment, delivery }: Patiences = USUAL_PATIENCE) => [
  reserveStock(downstream),
  reviewFraud(downstream),
  authorizePayment(downstream),
  capturePayment(downstream, payment),
  ship(downstream),
  confirmDelivery(downstream, delivery),
  receiveReturn(downstream),
  refundPayment(downstream),
  restock(downstream),
];

const { downstreamUrl, paymentPoll, paymentLimit, deliveryPoll, deliveryLimit } = orderSettings(process.env);

/** The same, as the environment says: what worker processes host. They connect when one is performed. */
export const actions = createActions(new HttpDownstream(downstreamUrl), {
  payment: { poll: paymentPoll, limit: paymentLimit },
  delivery: { poll: deliveryPoll, limit: deliveryLimit },
});
