import { z } from 'zod';
import { completed, defineAction } from '../../../shared/index.ts';
import type { Downstream } from '../downstream-client.ts';
import { orderSchema } from '../order.ts';

/** Takes the money that was authorized. */
export const capturePayment = (downstream: Downstream) =>
  defineAction({
    name: 'capture-payment',
    input: orderSchema.pick({ orderId: true, amount: true }).extend({ authorizationId: z.string() }),
    changes: z.object({ captureId: z.string() }),
    timeout: '10s',
    concurrency: 20,
    retry: { maxAttempts: 10, backoff: '500ms', maxBackoff: '1m' },
    async run(call) {
      const answer = await downstream.post(call, '/payments/captures', call.input, {
        body: z.object({ captureId: z.string() }),
      });
      return answer.kind === 'done' ? completed({ captureId: answer.body.captureId }) : answer;
    },
  });
