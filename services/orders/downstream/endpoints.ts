import { createHash } from 'node:crypto';
import { z } from 'zod';
import { chance } from '../chance.ts';
import { orderSchema } from '../order.ts';
import { type Books, type Item, type Movement, sum } from './books.ts';
import type { Decided } from './ledger.ts';
import type { Pace } from './misbehaviour.ts';
import { isDeclined, isFarAway, isSilent, isSlow, isSoldOut, isSuspected } from './rules.ts';

/** What a decision is made from, beside the request's body. */
export interface Desk {
  /** The request's idempotency key. */
  readonly key: string;
  /** A stable id for what comes into being. */
  readonly id: string;
  readonly books: Books;
  readonly nowMs: number;
  readonly pace: Pace;
}

/** One thing that can be asked for. */
export interface Endpoint {
  readonly body: z.ZodType<{ readonly orderId: string }>;
  decide(body: unknown, desk: Desk): Decided;
}

/** Keeps the body's type between its schema and the decision. */
const endpoint = <Body extends z.ZodType<{ readonly orderId: string }>>(
  body: Body,
  decide: (body: z.output<Body>, desk: Desk) => Decided,
): Endpoint => ({
  body,
  // The server passes what this very schema returned.
  decide: (parsed, desk) => decide(parsed as z.output<Body>, desk),
});

const created = (body: Decided['body'], moved: Movement = {}): Decided => ({ status: 201, body, moved });
const refused = (status: number, code: string, message: string): Decided => ({ status, body: { code, message } });
const PENDING = { status: 202, body: { pending: true } } as const;

/** Something comes into being. */
function opened({ books, key }: Desk, item: Item, body: Decided['body'], moved: Movement = item.moved): Decided {
  books.open(key, item);
  return created(body, moved);
}

/** Something ends in the ordinary way; what there is no more cannot. */
function closed({ books }: Desk, id: string, body: Decided['body']): Decided {
  const moved = books.close(id);
  return moved ? created(body, moved) : refused(409, 'not-open', `there is no ${id} any more`);
}

/** The undoing of a request: of what came of it, if anything did. There is no refusal: to be undone is not a wish. */
const undoing = endpoint(
  z.object({ orderId: orderSchema.shape.orderId, undoes: z.string().min(1).max(256) }),
  ({ undoes }, { books }) => {
    const moved = books.undo(undoes);
    return { status: 200, body: { undone: moved !== undefined }, ...(moved && { moved }) };
  },
);

const { orderId, customerId, amount, currency, card, shipTo } = orderSchema.shape;
const sku = orderSchema.shape.items.element.shape.sku;

/** What the stub of the shop's services answers, by path. */
export const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  '/stock/reservations': endpoint(
    z.object({ orderId, items: z.array(z.object({ sku, quantity: z.int().min(1) })) }),
    ({ items }, desk) => {
      const missing = items.find((item) => isSoldOut(item.sku));
      if (missing) return refused(409, 'out-of-stock', `${missing.sku} is sold out`);
      const reservationId = `rsv_${desk.id}`;
      const stock = -items.reduce((units, { quantity }) => units + quantity, 0);
      return opened(desk, { id: reservationId, moved: { stock } }, { reservationId });
    },
  ),
  '/stock/releases': undoing,
  '/stock/restockings': endpoint(z.object({ orderId, reservationId: z.string() }), ({ reservationId }, desk) =>
    closed(desk, reservationId, { restockId: `rst_${desk.id}` }),
  ),

  '/fraud/reviews': endpoint(z.object({ orderId, customerId, amount, currency, card }), (review, { id }) => {
    if (isSuspected(review.card)) return refused(403, 'fraud-suspected', 'score 97 of 100');
    return created({ reviewId: `rev_${id}`, score: Math.floor(chance('fraud', review.customerId)() * 60) });
  }),

  '/payments/authorizations': endpoint(z.object({ orderId, amount, currency, card }), (payment, desk) => {
    if (isDeclined(payment.card)) return refused(402, 'card-declined', 'the bank declined the card');
    const authorizationId = `aut_${desk.id}`;
    const item = { id: authorizationId, moved: { held: payment.amount }, about: payment.card };
    return opened(desk, item, { authorizationId });
  }),
  '/payments/voids': undoing,
  '/payments/captures': endpoint(
    z.object({ orderId, amount, authorizationId: z.string() }),
    ({ orderId: reference, amount: charged, authorizationId }, desk) => {
      const { about: payer = '' } = desk.books.find(authorizationId) ?? {};
      if (isSilent(payer)) return PENDING;
      const released = desk.books.close(authorizationId);
      if (!released) return refused(409, 'not-open', `nothing is held by ${authorizationId} any more`);
      // The bank names what it captures after the shop's own reference: a confirmation that comes by another way names it, too.
      const body = { captureId: captureIdOf(reference) };
      const done = opened(desk, { id: body.captureId, moved: { charged } }, body, sum(released, { charged }));
      return isSlow(payer) ? { ...done, ...confirmedAfter(desk, desk.pace.confirmAfterMs, body) } : done;
    },
  ),
  '/payments/reversals': undoing,
  '/payments/refunds': endpoint(z.object({ orderId, amount, captureId: z.string() }), ({ captureId }, desk) =>
    closed(desk, captureId, { refundId: `rfd_${desk.id}` }),
  ),

  '/shipping/shipments': endpoint(z.object({ orderId, shipTo, reservationId: z.string() }), (shipment, desk) => {
    const trackingNumber = `PX${desk.id.toUpperCase()}`;
    const parcel = { id: trackingNumber, moved: { parcels: 1 }, about: shipment.shipTo.postcode };
    return opened(desk, parcel, { trackingNumber });
  }),
  '/shipping/recalls': undoing,
  '/shipping/returns': endpoint(z.object({ orderId, trackingNumber: z.string() }), ({ trackingNumber }, desk) =>
    closed(desk, trackingNumber, { returnId: `ret_${desk.id}` }),
  ),

  '/delivery/confirmations': endpoint(z.object({ orderId, trackingNumber: z.string() }), ({ trackingNumber }, desk) => {
    const { about: postcode = '' } = desk.books.find(trackingNumber) ?? {};
    const delayMs = isFarAway(postcode) ? desk.pace.deliverAfterMs : 0;
    const body = { deliveredAt: new Date(desk.nowMs + delayMs).toISOString() };
    return { ...created(body), ...(delayMs > 0 && confirmedAfter(desk, delayMs, body)) };
  }),
};

/** What is answered instead of a result that comes later. */
const confirmedAfter = ({ nowMs }: Desk, delayMs: number, body: Decided['body']): Decided => ({
  ...PENDING,
  later: { status: 201, body, atMs: nowMs + delayMs },
});

/** What the bank calls the capture for an order. */
export const captureIdOf = (order: string): string => `cap_${order}`;

/** The same key gives the same id, also after the stub was restarted. */
export const idOf = (idempotencyKey: string): string =>
  createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 12);
