import { z } from 'zod';
import { completed, defineAction } from '../../../shared/index.ts';
import type { Downstream } from '../downstream-client.ts';
import { orderSchema } from '../order.ts';

/** Has the carrier confirm that the parcel arrived. */
export const confirmDelivery = (downstream: Downstream) =>
  defineAction({
    name: 'confirm-delivery',
    input: orderSchema.pick({ orderId: true }).extend({ trackingNumber: z.string() }),
    changes: z.object({ deliveredAt: z.iso.datetime() }),
    timeout: '10s',
    concurrency: 20,
    retry: { maxAttempts: 10, backoff: '500ms', maxBackoff: '1m' },
    async run(call) {
      const answer = await downstream.post(call, '/delivery/confirmations', call.input, {
        body: z.object({ deliveredAt: z.iso.datetime() }),
      });
      return answer.kind === 'done' ? completed({ deliveredAt: answer.body.deliveredAt }) : answer;
    },
  });
