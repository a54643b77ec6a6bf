import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../../../shared/core/clock.ts';
import { chance } from '../chance.ts';
import { orderSchema } from '../order.ts';
import type { Decided } from './ledger.ts';
import { isDeclined, isSoldOut, isSuspected } from './rules.ts';

/** One thing that can be asked for. */
export interface Endpoint {
  readonly body: z.ZodType<{ readonly orderId: string }>;
  /** @param id a stable id for what comes into being */
  decide(body: unknown, id: string, clock: Clock): Decided;
}

/** Keeps the body's type between its schema and the decision. */
const endpoint = <Body extends z.ZodType<{ readonly orderId: string }>>(
  body: Body,
  decide: (body: z.output<Body>, id: string, clock: Clock) => Decided,
): Endpoint => ({
  body,
  // The server passes what this very schema returned.
  decide: (parsed, id, clock) => decide(parsed as z.output<Body>, id, clock),
});

const created = (body: Decided['body']): Decided => ({ status: 201, body });
const refused = (status: number, code: string, message: string): Decided => ({ status, body: { code, message } });

const { orderId, customerId, amount, currency, card, shipTo } = orderSchema.shape;
const sku = orderSchema.shape.items.element.shape.sku;

/** What the stub of the shop's services answers, by path. */
export const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  '/stock/reservations': endpoint(
    z.object({ orderId, items: z.array(z.object({ sku, quantity: z.int().min(1) })) }),
    ({ items }, id) => {
      const missing = items.find((item) => isSoldOut(item.sku));
      if (missing) return refused(409, 'out-of-stock', `${missing.sku} is sold out`);
      return created({ reservationId: `rsv_${id}` });
    },
  ),
  '/fraud/reviews': endpoint(z.object({ orderId, customerId, amount, currency, card }), (review, id) => {
    if (isSuspected(review.card)) return refused(403, 'fraud-suspected', 'score 97 of 100');
    return created({ reviewId: `rev_${id}`, score: Math.floor(chance('fraud', review.customerId)() * 60) });
  }),
  '/payments/authorizations': endpoint(z.object({ orderId, amount, currency, card }), (payment, id) => {
    if (isDeclined(payment.card)) return refused(402, 'card-declined', 'the bank declined the card');
    return created({ authorizationId: `aut_${id}` });
  }),
  '/payments/captures': endpoint(z.object({ orderId, amount, authorizationId: z.string() }), (_, id) =>
    created({ captureId: `cap_${id}` }),
  ),
  '/shipping/shipments': endpoint(z.object({ orderId, shipTo, reservationId: z.string() }), (_, id) =>
    created({ trackingNumber: `PX${id.toUpperCase()}` }),
  ),
  '/delivery/confirmations': endpoint(z.object({ orderId, trackingNumber: z.string() }), (_, __, clock) =>
    created({ deliveredAt: new Date(clock.now()).toISOString() }),
  ),
};

/** The same key gives the same id, also after the stub was restarted. */
export const idOf = (idempotencyKey: string): string =>
  createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 12);
