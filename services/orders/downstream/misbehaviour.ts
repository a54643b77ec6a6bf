import { z } from 'zod';
import { chance } from '../chance.ts';

const rate = z.number().min(0).max(1).default(0);

/** How the stub misbehaves: each rate is the share of requests, from 0 to 1. All are 0 unless set. */
export const misbehaviourSchema = z.strictObject({
  /** Answered with 500; nothing happened. */
  errorRate: rate,
  /** The effect happened, but the connection is closed instead of an answer. */
  lostReplyRate: rate,
  /** Answered with 429 and `Retry-After`; nothing happened. */
  throttleRate: rate,
  /** What `Retry-After` says. */
  retryAfterSeconds: z.int().min(0).max(3_600).default(1),
  /** Answered late, after the effect. */
  slowRate: rate,
  /** How late. */
  slowMs: z.int().min(0).max(60_000).default(1_000),
  /** How long a slow bank takes to confirm a capture. */
  confirmAfterMs: z.int().min(0).max(3_600_000).default(5_000),
  /** How long a parcel takes to a place that is far away. */
  deliverAfterMs: z.int().min(0).max(3_600_000).default(5_000),
  /** The same seed misbehaves in the same way to the same keys. */
  seed: z.string().max(64).default('downstream'),
});
export type Misbehaviour = z.output<typeof misbehaviourSchema>;
/** What takes its time, whatever else is wrong. */
export type Pace = Pick<Misbehaviour, 'confirmAfterMs' | 'deliverAfterMs'>;

/** What the stub does to one request. */
export interface Mischief {
  readonly kind: 'none' | 'error' | 'throttle' | 'lost-reply';
  readonly delayMs: number;
}

/** @param seen how often the key has been seen: every repetition has a chance of its own */
export function mischief(misbehaviour: Misbehaviour, key: string, seen: number): Mischief {
  const next = chance(misbehaviour.seed, key, seen);
  const [isThrottled, isError, isLost, isSlow] = [
    next() < misbehaviour.throttleRate,
    next() < misbehaviour.errorRate,
    next() < misbehaviour.lostReplyRate,
    next() < misbehaviour.slowRate,
  ];
  if (isThrottled) return { kind: 'throttle', delayMs: 0 };
  if (isError) return { kind: 'error', delayMs: 0 };
  return { kind: isLost ? 'lost-reply' : 'none', delayMs: isSlow ? misbehaviour.slowMs : 0 };
}
