import { FRAUD_REVIEW_ABOVE_CENTS, type Order } from '../order.ts';

/**
 * What the stub refuses and when it answers, read from the order alone: as with a payment provider's test cards, so that everybody can tell
 * beforehand how an order ends.
 */
const DECLINED_CARD = /_0002$/;
const SUSPECTED_CARD = /_0019$/;
const SLOW_CARD = /_0036$/;
const SILENT_CARD = /_0069$/;
const FAR_AWAY = /^ZE/;
const SOLD_OUT_SKU = /-SOLD-OUT$/;

/** The bank declines every card that ends with 0002. */
export const isDeclined = (card: string): boolean => DECLINED_CARD.test(card);

/** The fraud service suspects every card that ends with 0019. */
export const isSuspected = (card: string): boolean => SUSPECTED_CARD.test(card);

/** The bank confirms what it captured from a card that ends with 0036 some time later. */
export const isSlow = (card: string): boolean => SLOW_CARD.test(card);

/** The bank never captures anything from a card that ends with 0069, and never says so. */
export const isSilent = (card: string): boolean => SILENT_CARD.test(card);

/** Parcels to the Shetland islands take a while. */
export const isFarAway = (postcode: string): boolean => FAR_AWAY.test(postcode);

/** Goods whose number ends with -SOLD-OUT are. */
export const isSoldOut = (sku: string): boolean => SOLD_OUT_SKU.test(sku);

/** How an order ends that nobody cancels: the state, or the failure for which it is undone. */
export type OrderEnd = 'delivered' | 'card-declined' | 'not-confirmed' | 'out-of-stock' | 'fraud-suspected';

/** How an order must end that nobody cancels. */
export function expectedEnd(order: Order): OrderEnd {
  if (order.items.some(({ sku }) => isSoldOut(sku))) return 'out-of-stock';
  if (order.amount > FRAUD_REVIEW_ABOVE_CENTS && isSuspected(order.card)) return 'fraud-suspected';
  if (isDeclined(order.card)) return 'card-declined';
  return isSilent(order.card) ? 'not-confirmed' : 'delivered';
}
