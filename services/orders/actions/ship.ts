import { z } from 'zod';
import { completed, defineAction } from '../../../shared/index.ts';
import type { Downstream } from '../downstream-client.ts';
import { orderSchema } from '../order.ts';
import { undoneBy } from './undone-by.ts';

/** Hands the reserved goods to the carrier. Undone: the carrier is told to bring the parcel back, wherever it is. */
export const ship = (downstream: Downstream) =>
  defineAction({
    name: 'ship',
    input: orderSchema.pick({ orderId: true, shipTo: true }).extend({ reservationId: z.string() }),
    changes: z.object({ trackingNumber: z.string() }),
    timeout: '10s',
    concurrency: 20,
    retry: { maxAttempts: 10, backoff: '500ms', maxBackoff: '1m' },
    async run(call) {
      const answer = await downstream.post(call, '/shipping/shipments', call.input, {
        body: z.object({ trackingNumber: z.string() }),
      });
      return answer.kind === 'done' ? completed({ trackingNumber: answer.body.trackingNumber }) : answer;
    },
    compensate: undoneBy(downstream, '/shipping/recalls'),
  });
