import { z } from 'zod';
import { completed, defineAction, pending, waiting } from '../../../shared/index.ts';
import type { Downstream } from '../downstream-client.ts';
import { orderSchema } from '../order.ts';
import type { Patience } from './patience.ts';
import { pendingAfter } from './pending-after.ts';
import { undoneBy } from './undone-by.ts';

const PATH = '/payments/captures';
const captured = z.object({ captureId: z.string() });
const body = z.union([captured, z.object({ pending: z.literal(true) })]);

/**
 * Takes the money that was authorized. Most banks answer at once; the confirmation of others comes later, as the notification
 * `payment-confirmed`, or is asked for. Undone: the money goes back.
 */
export const capturePayment = (downstream: Downstream, { poll, limit }: Patience) =>
  defineAction({
    name: 'capture-payment',
    input: orderSchema.pick({ orderId: true, amount: true }).extend({ authorizationId: z.string() }),
    changes: captured,
    failures: ['not-confirmed'],
    notifications: { 'payment-confirmed': captured },
    timeout: '10s',
    concurrency: 20,
    retry: { maxAttempts: 10, backoff: '500ms', maxBackoff: '1m' },
    polling: { backoff: poll, maxBackoff: '30d' },
    async run(call) {
      const answer = await downstream.post(call, PATH, call.input, { body });
      if (answer.kind !== 'done') return answer;
      if ('captureId' in answer.body) return completed({ captureId: answer.body.captureId });
      return waiting({ notification: 'payment-confirmed', poll, until: limit, otherwise: 'not-confirmed' });
    },
    async poll(call) {
      const answer = await downstream.ask(call, PATH, { body });
      if (answer.kind !== 'done') return pendingAfter(answer);
      return 'captureId' in answer.body ? completed({ captureId: answer.body.captureId }) : pending();
    },
    compensate: undoneBy(downstream, '/payments/reversals'),
  });
