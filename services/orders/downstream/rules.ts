import { FRAUD_REVIEW_ABOVE_CENTS, type Order } from '../order.ts';

/**
 * What the stub refuses, read from the order alone: as with a payment provider's test cards, so that everybody can tell
 * beforehand how an order ends.
 */
const DECLINED_CARD = /_0002$/;
const SUSPECTED_CARD = /_0019$/;
const SOLD_OUT_SKU = /-SOLD-OUT$/;

/** The bank declines every card that ends with 0002. */
export const isDeclined = (card: string): boolean => DECLINED_CARD.test(card);

/** The fraud service suspects every card that ends with 0019. */
export const isSuspected = (card: string): boolean => SUSPECTED_CARD.test(card);

/** Goods whose number ends with -SOLD-OUT are. */
export const isSoldOut = (sku: string): boolean => SOLD_OUT_SKU.test(sku);

/** The state in which an order's workflow must end. */
export function expectedEnd(order: Order): 'delivered' | 'declined' | 'out-of-stock' | 'suspected' {
  if (order.items.some(({ sku }) => isSoldOut(sku))) return 'out-of-stock';
  if (order.amount > FRAUD_REVIEW_ABOVE_CENTS && isSuspected(order.card)) return 'suspected';
  return isDeclined(order.card) ? 'declined' : 'delivered';
}
