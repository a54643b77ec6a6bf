import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { LIMITS } from '../../../shared/core/limits.ts';
import { prefetchOf } from '../../../shared/runtime/prefetch.ts';

describe('how many messages a station takes ahead', () => {
  it.each([
    ['a quick action: two more for each slot', 10, 1_000, 30],
    ['one of 5 s: the same', 10, 5_000, 30],
    ['one of 10 s: one more for each slot', 10, 10_000, 20],
    ['one of 30 s: one for three slots', 10, 30_000, 14],
    ['a slow one: at least one', 1, 600_000, 2],
    ['up to half the time for which the broker lets a message be held', 4, 900_000, 5],
    ['beyond it: none', 4, 900_001, 4],
    ['the longest allowed: none', 1, LIMITS.timeoutMs, 1],
  ])('%s', (_, concurrency, timeoutMs, prefetch) => {
    expect(prefetchOf({ concurrency, timeoutMs })).toBe(prefetch);
  });

  it('fills every slot, fits the protocol, and is no larger for a slower action', () => {
    const anyConcurrency = fc.integer({ min: 1, max: LIMITS.concurrency });
    const anyTimeout = fc.integer({ min: 1, max: LIMITS.timeoutMs });
    fc.assert(
      fc.property(anyConcurrency, anyTimeout, anyTimeout, (concurrency, one, other) => {
        const quicker = prefetchOf({ concurrency, timeoutMs: Math.min(one, other) });
        const slower = prefetchOf({ concurrency, timeoutMs: Math.max(one, other) });
        expect(Number.isInteger(quicker)).toBe(true);
        expect(slower).toBeGreaterThanOrEqual(concurrency);
        expect(slower).toBeLessThanOrEqual(quicker);
        expect(quicker).toBeLessThanOrEqual(65_535);
      }),
    );
  });
});
