import type { Patiences } from '../orders/actions/patience.ts';
import type { Misbehaviour } from '../orders/downstream/misbehaviour.ts';

/** What the shop's other services do wrong on an ordinary day, as the demonstration has it. */
export const USUAL_TROUBLE: Misbehaviour = {
  errorRate: 0.01,
  lostReplyRate: 0.005,
  throttleRate: 0.005,
  retryAfterSeconds: 1,
  slowRate: 0.01,
  slowMs: 400,
  confirmAfterMs: 1_500,
  deliverAfterMs: 4_000,
  seed: 'an ordinary day',
};

/** How long its waits take: what takes days elsewhere is a matter of seconds here. */
export const SHORT_PATIENCE: Patiences = {
  payment: { poll: '2s', limit: '6s' },
  delivery: { poll: '1s', limit: '10m' },
};
