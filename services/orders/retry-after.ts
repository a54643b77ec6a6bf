/** Longer than this, a downstream's wish is not followed: the order would look lost. */
const LONGEST_WAIT_MS = 3_600_000;

/**
 * How long a `Retry-After` header asks to wait, milliseconds: whole seconds, or a date, which is taken relative to the
 * answer's own `Date` so that two clocks need not agree. Undefined when there is none that can be understood.
 */
export function retryAfterMs(retryAfter: string | undefined, answeredAt: string | undefined): number | undefined {
  if (retryAfter === undefined) return undefined;
  if (/^\d{1,9}$/.test(retryAfter)) return bounded(Number(retryAfter) * 1_000);
  const waitMs = Date.parse(retryAfter) - Date.parse(answeredAt ?? '');
  return Number.isNaN(waitMs) ? undefined : bounded(waitMs);
}

const bounded = (ms: number): number => Math.min(LONGEST_WAIT_MS, Math.max(0, ms));
