import { z } from 'zod';
import { completed, defineAction } from '../../../shared/index.ts';
import type { Downstream } from '../downstream-client.ts';
import { orderSchema } from '../order.ts';
import { undoneBy } from './undone-by.ts';

/** Has the customer's bank hold the amount on the card. Undone: what is still held is free again. */
export const authorizePayment = (downstream: Downstream) =>
  defineAction({
    name: 'authorize-payment',
    input: orderSchema.pick({ orderId: true, amount: true, currency: true, card: true }),
    changes: z.object({ authorizationId: z.string() }),
    failures: ['card-declined'],
    timeout: '10s',
    concurrency: 20,
    retry: { maxAttempts: 10, backoff: '500ms', maxBackoff: '1m' },
    async run(call) {
      const answer = await downstream.post(call, '/payments/authorizations', call.input, {
        body: z.object({ authorizationId: z.string() }),
        refusals: ['card-declined'],
      });
      return answer.kind === 'done' ? completed({ authorizationId: answer.body.authorizationId }) : answer;
    },
    compensate: undoneBy(downstream, '/payments/voids'),
  });
