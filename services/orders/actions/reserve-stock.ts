import { z } from 'zod';
import { completed, defineAction } from '../../../shared/index.ts';
import type { Downstream } from '../downstream-client.ts';
import { orderSchema } from '../order.ts';
import { undoneBy } from './undone-by.ts';

/** Sets the ordered goods aside. Undone: the goods are free again. */
export const reserveStock = (downstream: Downstream) =>
  defineAction({
    name: 'reserve-stock',
    input: orderSchema.pick({ orderId: true, items: true }),
    changes: z.object({ reservationId: z.string() }),
    failures: ['out-of-stock'],
    timeout: '10s',
    concurrency: 20,
    retry: { maxAttempts: 10, backoff: '500ms', maxBackoff: '1m' },
    async run(call) {
      const { orderId, items } = call.input;
      const answer = await downstream.post(
        call,
        '/stock/reservations',
        { orderId, items: items.map(({ sku, quantity }) => ({ sku, quantity })) },
        { body: z.object({ reservationId: z.string() }), refusals: ['out-of-stock'] },
      );
      return answer.kind === 'done' ? completed({ reservationId: answer.body.reservationId }) : answer;
    },
    compensate: undoneBy(downstream, '/stock/releases'),
  });
