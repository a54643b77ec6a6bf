import {
  ADDRESSES,
  EVERYDAY_GOODS,
  FAR_ADDRESS,
  FIRST_NAMES,
  LAST_NAMES,
  PRECIOUS_GOODS,
  type Product,
  SOLD_OUT_GOODS,
} from './catalogue.ts';
import { chance } from './chance.ts';
import type { Order } from './order.ts';

/** Shares of the orders, from 0 to 1. */
export interface OrderMix {
  readonly declined: number;
  readonly outOfStock: number;
  /** So dear that they are reviewed for fraud. */
  readonly reviewed: number;
  /** Of those that are reviewed. */
  readonly suspected: number;
  /** Paid with a card whose bank confirms later. */
  readonly slowBank: number;
  /** Paid with a card whose bank never says anything. */
  readonly silentBank: number;
  /** To a place where parcels take a while. */
  readonly farAway: number;
}

/** About what a shop sees on a busy day. */
const USUAL_MIX: OrderMix = {
  declined: 0.05,
  outOfStock: 0.03,
  reviewed: 0.1,
  suspected: 0.08,
  slowBank: 0.06,
  silentBank: 0.01,
  farAway: 0.05,
};

/** Last four digits of ordinary cards; the stub declines and suspects none of them. */
const CARD_ENDINGS = ['4242', '1881', '5100', '0341', '7710'];

/**
 * The n-th order of a seed, always the same one: whoever knows the seed can tell how many orders must end in which state.
 */
export function generateOrder(seed: string, number: number, mix: OrderMix = USUAL_MIX): Order {
  const next = chance('order', seed, number);
  const pick = <T>(from: readonly T[]): T => {
    const picked = from[Math.floor(next() * from.length)];
    if (picked === undefined) throw new TypeError('there is nothing to pick from');
    return picked;
  };
  const happens = (share: number): boolean => next() < share;

  const isReviewed = happens(mix.reviewed);
  const goods = [...everydayGoods(pick, next), ...(isReviewed ? [pick(PRECIOUS_GOODS)] : [])];
  if (happens(mix.outOfStock)) goods[0] = pick(SOLD_OUT_GOODS);
  const items = goods.map((product) => ({ ...product, quantity: isReviewed ? 1 : 1 + Math.floor(next() * 2) }));
  const bank = bankOf(mix, next());
  const suffix = cardEnding(happens(mix.declined), isReviewed && happens(mix.suspected), bank) ?? pick(CARD_ENDINGS);
  const { currency, ...address } = happens(mix.farAway) ? FAR_ADDRESS : pick(ADDRESSES);
  return {
    orderId: `${seed}-${String(number).padStart(6, '0')}`,
    customerId: `customer-${Math.floor(next() * 100_000)}`,
    items,
    amount: items.reduce((sum, { unitPrice, quantity }) => sum + unitPrice * quantity, 0),
    currency,
    card: `card_${Math.floor(next() * 2 ** 40)
      .toString(16)
      .padStart(12, '0')}_${suffix}`,
    shipTo: { name: `${pick(FIRST_NAMES)} ${pick(LAST_NAMES)}`, ...address },
  };
}

/** Orders 1 to `count` of a seed. */
export function* generateOrders(seed: string, count: number, mix: OrderMix = USUAL_MIX): Generator<Order> {
  for (let number = 1; number <= count; number++) yield generateOrder(seed, number, mix);
}

/** One to three different products. */
function everydayGoods(pick: (from: readonly Product[]) => Product, next: () => number): Product[] {
  const wanted = 1 + Math.floor(next() * 3);
  const goods = new Set(Array.from({ length: wanted }, () => pick(EVERYDAY_GOODS)));
  return [...goods];
}

type Bank = 'prompt' | 'slow' | 'silent';

function bankOf({ slowBank, silentBank }: OrderMix, drawn: number): Bank {
  if (drawn < slowBank) return 'slow';
  return drawn < slowBank + silentBank ? 'silent' : 'prompt';
}

/** Undefined for an ordinary card. */
function cardEnding(isDeclined: boolean, isSuspected: boolean, bank: Bank): string | undefined {
  if (isSuspected) return '0019';
  if (isDeclined) return '0002';
  return { prompt: undefined, slow: '0036', silent: '0069' }[bank];
}
