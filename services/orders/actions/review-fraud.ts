import { z } from 'zod';
import { completed, defineAction } from '../../../shared/index.ts';
import type { Downstream } from '../downstream-client.ts';
import { orderSchema } from '../order.ts';

/** Asks the fraud service before much money moves. */
export const reviewFraud = (downstream: Downstream) =>
  defineAction({
    name: 'review-fraud',
    input: orderSchema.pick({ orderId: true, customerId: true, amount: true, currency: true, card: true }),
    changes: z.object({ fraudReviewId: z.string(), fraudScore: z.int().min(0).max(100) }),
    failures: ['fraud-suspected'],
    timeout: '10s',
    concurrency: 10,
    retry: { maxAttempts: 10, backoff: '500ms', maxBackoff: '1m' },
    async run(call) {
      const answer = await downstream.post(call, '/fraud/reviews', call.input, {
        body: z.object({ reviewId: z.string(), score: z.int().min(0).max(100) }),
        refusals: ['fraud-suspected'],
      });
      if (answer.kind !== 'done') return answer;
      return completed({ fraudReviewId: answer.body.reviewId, fraudScore: answer.body.score });
    },
  });
