import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { LIMITS } from '../../../shared/core/limits.ts';
import { DEFAULT_RETRY_POLICY, type RetryPolicy, retryDelayMs } from '../../../shared/core/retry-policy.ts';

const ALMOST_ONE = 1 - 2 ** -53;
const policy: RetryPolicy = { maxAttempts: 8, backoffMs: 100, maxBackoffMs: 1_000 };
const longest = (failures: number, of = policy): number => retryDelayMs(of, failures, ALMOST_ONE);

describe('the delay before the next attempt', () => {
  it('has a bound that doubles with each failure, up to the longest', () => {
    expect([1, 2, 3, 4, 5, 6, 60].map((failures) => longest(failures))).toEqual([
      100, 200, 400, 800, 1_000, 1_000, 1_000,
    ]);
  });

  it('begins at 1 s and ends at 5 min by default', () => {
    expect(longest(1, DEFAULT_RETRY_POLICY)).toBe(1_000);
    expect(longest(8, DEFAULT_RETRY_POLICY)).toBe(128_000);
    expect(longest(10, DEFAULT_RETRY_POLICY)).toBe(300_000);
  });

  it('is spread evenly: each length from 0 to the bound comes from an equal share of chance', () => {
    const bound = 100;
    const lengths = Array.from({ length: bound + 1 }, (_, share) =>
      retryDelayMs(policy, 1, (share + 0.5) / (bound + 1)),
    );
    expect(lengths).toEqual(Array.from({ length: bound + 1 }, (_, ms) => ms));
  });

  it('is a whole number from 0 to the bound, for every policy, number of failures and chance', () => {
    const anyPolicy = fc
      .tuple(fc.nat({ max: LIMITS.backoffMs }), fc.nat({ max: LIMITS.backoffMs }), fc.nat({ max: LIMITS.maxAttempts }))
      .map(([a, b, maxAttempts]) => ({ maxAttempts, backoffMs: Math.min(a, b), maxBackoffMs: Math.max(a, b) }));
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(anyPolicy, fc.integer({ min: 1, max: LIMITS.attempts }), chance, (any, failures, random) => {
        const delayMs = retryDelayMs(any, failures, random);
        expect(Number.isInteger(delayMs)).toBe(true);
        expect(delayMs).toBeGreaterThanOrEqual(0);
        expect(delayMs).toBeLessThanOrEqual(Math.min(any.maxBackoffMs, any.backoffMs * 2 ** (failures - 1) || 0));
        expect(delayMs).toBeLessThanOrEqual(longest(failures + 1, any));
      }),
    );
  });
});
