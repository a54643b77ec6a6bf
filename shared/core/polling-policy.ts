/** How waits of an action are polled. A poll only asks; it holds no worker of the station's own work. */
export interface PollingPolicy {
  /** Upper bound of the first pause between two polls of a wait, milliseconds; it doubles with each poll. */
  readonly backoffMs: number;
  /** No pause is longer, milliseconds. */
  readonly maxBackoffMs: number;
  /** How many waits are asked about in one call. 1 for an action with `poll`. */
  readonly most: number;
  /** How long a call gathers waits, milliseconds. 0 for an action with `poll`. */
  readonly withinMs: number;
}

export const DEFAULT_POLLING_POLICY: PollingPolicy = {
  backoffMs: 10_000,
  maxBackoffMs: 300_000,
  most: 100,
  withinMs: 200,
};

/**
 * The pause after a poll that found nothing: exponential backoff, from half the bound to the bound. The jitter spreads waits
 * that began together; the lower half keeps a poll from following on the heels of the last one.
 * @param polls how many polls have found nothing, the one just now included (≥ 1)
 * @param random uniform in [0, 1)
 */
export function pollDelayMs(policy: PollingPolicy, polls: number, random: number): number {
  const bound = Math.min(policy.maxBackoffMs, policy.backoffMs * 2 ** Math.min(polls - 1, 52));
  return Math.ceil(bound / 2) + Math.floor(random * (Math.floor(bound / 2) + 1));
}
