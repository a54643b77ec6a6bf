import { orderPayment } from './order-payment.ts';

/** Every workflow definition of the orders line. */
export const definitions = [orderPayment];
