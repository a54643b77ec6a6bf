import { chance } from '../orders/chance.ts';
import { isFarAway, isSlow } from '../orders/downstream/rules.ts';
import type { Order } from '../orders/order.ts';

/** When a customer asks to cancel: as soon as the order is on the line, some time later, while it waits, after its end. */
export type Moment = 'at-once' | 'some-time' | 'waiting' | 'afterwards';

/** How a slow bank confirms a payment on its own account: before anybody waits, while somebody does, and that twice, or never. */
export type Confirmation = 'early' | 'once' | 'twice' | 'never';

/** What happens to one order from outside. */
export interface Plan {
  /** Undefined: the customer wants it. */
  readonly cancel: Moment | undefined;
  readonly confirmation: Confirmation;
}

/** Shares of all orders. */
const AT_ONCE = 0.02;
const SOME_TIME = 0.03;
const AFTERWARDS = 0.01;
/** Of the orders that wait for a bank or a carrier. */
const WAITING = 0.4;

const CONFIRMATIONS = ['early', 'once', 'twice', 'never'] as const;

/** The same order always has the same plan. */
export function planOf(order: Order): Plan {
  const next = chance('plan', order.orderId);
  const drawn = Math.floor(next() * CONFIRMATIONS.length);
  const confirmation = isSlow(order.card) ? (CONFIRMATIONS[drawn] ?? 'never') : 'never';
  return { cancel: momentOf(order, next), confirmation };
}

function momentOf({ card, shipTo }: Order, next: () => number): Moment | undefined {
  const drawn = next();
  if (drawn < AT_ONCE) return 'at-once';
  if (drawn < AT_ONCE + SOME_TIME) return 'some-time';
  if (drawn < AT_ONCE + SOME_TIME + AFTERWARDS) return 'afterwards';
  return (isSlow(card) || isFarAway(shipTo.postcode)) && next() < WAITING ? 'waiting' : undefined;
}
