import { z } from 'zod';
import { completed, defineAction } from '../../../shared/index.ts';
import type { Downstream } from '../downstream-client.ts';
import { orderSchema } from '../order.ts';

/** Puts the goods of a returned order back into stock. Itself an undoing, so there is nothing to undo of it. */
export const restock = (downstream: Downstream) =>
  defineAction({
    name: 'restock',
    input: orderSchema.pick({ orderId: true }).extend({ reservationId: z.string() }),
    changes: z.object({ restockId: z.string() }),
    timeout: '10s',
    concurrency: 20,
    retry: { maxAttempts: 10, backoff: '500ms', maxBackoff: '1m' },
    async run(call) {
      const answer = await downstream.post(call, '/stock/restockings', call.input, {
        body: z.object({ restockId: z.string() }),
      });
      return answer.kind === 'done' ? completed({ restockId: answer.body.restockId }) : answer;
    },
  });
