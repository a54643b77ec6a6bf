import { describe, expect, it } from '@jest/globals';
import { expectedEnd, isFarAway, isSlow } from '../../../../services/orders/downstream/rules.ts';
import { FRAUD_REVIEW_ABOVE_CENTS, orderSchema } from '../../../../services/orders/order.ts';
import { generateOrder, generateOrders } from '../../../../services/orders/order-generator.ts';

describe('the order generator', () => {
  it('makes the same order of the same seed and number, in whatever order they are asked for', () => {
    const all = [...generateOrders('seed', 20)];
    expect(generateOrder('seed', 17)).toEqual(all[16]);
    expect(generateOrder('another', 17)).not.toEqual(all[16]);
    expect(new Set(all.map(({ orderId }) => orderId)).size).toBe(20);
  });

  it('makes orders that fit the schema, and whose amount is the sum of their items', () => {
    for (const order of generateOrders('schema', 500)) {
      expect(orderSchema.parse(order)).toEqual(order);
      expect(order.amount).toBe(order.items.reduce((sum, item) => sum + item.quantity * item.unitPrice, 0));
    }
  });

  it('mixes in about 5 % declined, 3 % out of stock and 10 % above the limit for a fraud review', () => {
    const orders = [...generateOrders('mix', 4_000)];
    const share = (of: (order: (typeof orders)[number]) => boolean): number => orders.filter(of).length / orders.length;
    expect(share((order) => expectedEnd(order) === 'card-declined')).toBeCloseTo(0.05, 1.5);
    expect(share((order) => expectedEnd(order) === 'out-of-stock')).toBeCloseTo(0.03, 1.5);
    expect(share((order) => order.amount > FRAUD_REVIEW_ABOVE_CENTS)).toBeCloseTo(0.1, 1.5);
    expect(share((order) => expectedEnd(order) === 'fraud-suspected')).toBeGreaterThan(0);
  });

  it('makes what it is told to', () => {
    const none = { declined: 0, outOfStock: 0, reviewed: 0, suspected: 0, slowBank: 0, silentBank: 0, farAway: 0 };
    const ends = (mix: typeof none) => new Set([...generateOrders('told', 50, mix)].map(expectedEnd));
    expect(ends(none)).toEqual(new Set(['delivered']));
    expect(ends({ ...none, declined: 1 })).toEqual(new Set(['card-declined']));
    expect(ends({ ...none, outOfStock: 1, declined: 1 })).toEqual(new Set(['out-of-stock']));
    expect(ends({ ...none, silentBank: 1 })).toEqual(new Set(['not-confirmed']));
    expect(ends({ ...none, slowBank: 1 })).toEqual(new Set(['delivered']));
    expect(ends({ ...none, reviewed: 1, suspected: 1 })).toEqual(new Set(['fraud-suspected']));
    const orders = [...generateOrders('told', 50, { ...none, slowBank: 1, farAway: 1 })];
    expect(orders.every(({ card, shipTo }) => isSlow(card) && isFarAway(shipTo.postcode))).toBe(true);
  });
});
