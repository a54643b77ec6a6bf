import { z } from 'zod';
import { completed, defineAction } from '../../../shared/index.ts';
import type { Downstream } from '../downstream-client.ts';
import { orderSchema } from '../order.ts';

/** Gives the money for a returned order back. Itself an undoing, so there is nothing to undo of it. */
export const refundPayment = (downstream: Downstream) =>
  defineAction({
    name: 'refund-payment',
    input: orderSchema.pick({ orderId: true, amount: true }).extend({ captureId: z.string() }),
    changes: z.object({ refundId: z.string() }),
    timeout: '10s',
    concurrency: 20,
    retry: { maxAttempts: 10, backoff: '500ms', maxBackoff: '1m' },
    async run(call) {
      const answer = await downstream.post(call, '/payments/refunds', call.input, {
        body: z.object({ refundId: z.string() }),
      });
      return answer.kind === 'done' ? completed({ refundId: answer.body.refundId }) : answer;
    },
  });
