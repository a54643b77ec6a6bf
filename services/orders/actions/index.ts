import { type Downstream, HttpDownstream } from '../downstream-client.ts';
import { orderSettings } from '../settings.ts';
import { authorizePayment } from './authorize-payment.ts';
import { capturePayment } from './capture-payment.ts';
import { confirmDelivery } from './confirm-delivery.ts';
import { reserveStock } from './reserve-stock.ts';
import { reviewFraud } from './review-fraud.ts';
import { ship } from './ship.ts';

/** The actions of the orders line, in the order in which an order passes them, calling this downstream. */
export const createActions = (downstream: Downstream) => [
  reserveStock(downstream),
  reviewFraud(downstream),
  authorizePayment(downstream),
  capturePayment(downstream),
  ship(downstream),
  confirmDelivery(downstream),
];

/** The same, calling the downstream that the environment names: what worker processes host. Connects when one is performed. */
export const actions = createActions(new HttpDownstream(orderSettings(process.env).downstreamUrl));
