import { z } from 'zod';
import { completed, defineAction, pending, waiting } from '../../../shared/index.ts';
import type { Downstream } from '../downstream-client.ts';
import { orderSchema } from '../order.ts';
import type { Patience } from './patience.ts';
import { pendingAfter } from './pending-after.ts';

const PATH = '/delivery/confirmations';
const delivered = z.object({ deliveredAt: z.iso.datetime() });
const body = z.union([delivered, z.object({ pending: z.literal(true) })]);

/** Has the carrier confirm that the parcel arrived, however long it is on its way. Moves nothing, so there is nothing to undo. */
export const confirmDelivery = (downstream: Downstream, { poll, limit }: Patience) =>
  defineAction({
    name: 'confirm-delivery',
    input: orderSchema.pick({ orderId: true }).extend({ trackingNumber: z.string() }),
    changes: delivered,
    failures: ['lost-on-the-way'],
    timeout: '10s',
    concurrency: 20,
    retry: { maxAttempts: 10, backoff: '500ms', maxBackoff: '1m' },
    polling: { backoff: poll, maxBackoff: '30d' },
    async run(call) {
      const answer = await downstream.post(call, PATH, call.input, { body });
      if (answer.kind !== 'done') return answer;
      if ('deliveredAt' in answer.body) return completed({ deliveredAt: answer.body.deliveredAt });
      return waiting({ poll, until: limit, otherwise: 'lost-on-the-way' });
    },
    async poll(call) {
      const answer = await downstream.ask(call, PATH, { body });
      if (answer.kind !== 'done') return pendingAfter(answer);
      return 'deliveredAt' in answer.body ? completed({ deliveredAt: answer.body.deliveredAt }) : pending();
    },
  });
