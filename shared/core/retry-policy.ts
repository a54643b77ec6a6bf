import { doubledMs } from './doubling.ts';

/** How failed attempts of a step are repeated. Stored with the action's contract. */
export interface RetryPolicy {
  /** Failed attempts until the workflow is parked, the first one included. */
  readonly maxAttempts: number;
  /** Upper bound of the first delay, milliseconds; it doubles with each failure. */
  readonly backoffMs: number;
  /** No delay is longer, milliseconds. */
  readonly maxBackoffMs: number;
}

export const DEFAULT_RETRY_POLICY: RetryPolicy = { maxAttempts: 8, backoffMs: 1_000, maxBackoffMs: 300_000 };

/**
 * The policy for undoing a step of an action with this one. That an action may be performed once only says nothing of its
 * `compensate`, which must tolerate that there is nothing left to undo.
 */
export const retryBack = (policy: RetryPolicy): RetryPolicy =>
  policy.maxAttempts > 1 ? policy : { ...policy, maxAttempts: DEFAULT_RETRY_POLICY.maxAttempts };

/**
 * The delay before the next attempt: exponential backoff with full jitter, a uniform choice from 0 to the bound, which
 * spreads a crowd of failures best (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 * @param failures how many attempts have failed, the one just now included (≥ 1)
 * @param random uniform in [0, 1)
 */
export function retryDelayMs(policy: RetryPolicy, failures: number, random: number): number {
  const bound = doubledMs(policy.backoffMs, failures - 1, policy.maxBackoffMs);
  return Math.floor(random * (bound + 1));
}
