import { z } from 'zod';
import { completed, defineAction } from '../../../shared/index.ts';
import type { Downstream } from '../downstream-client.ts';
import { orderSchema } from '../order.ts';

/** Has the carrier bring a parcel back that was not delivered yet. Itself an undoing, so there is nothing to undo of it. */
export const receiveReturn = (downstream: Downstream) =>
  defineAction({
    name: 'receive-return',
    input: orderSchema.pick({ orderId: true }).extend({ trackingNumber: z.string() }),
    changes: z.object({ returnId: z.string() }),
    timeout: '10s',
    concurrency: 20,
    retry: { maxAttempts: 10, backoff: '500ms', maxBackoff: '1m' },
    async run(call) {
      const answer = await downstream.post(call, '/shipping/returns', call.input, {
        body: z.object({ returnId: z.string() }),
      });
      return answer.kind === 'done' ? completed({ returnId: answer.body.returnId }) : answer;
    },
  });
