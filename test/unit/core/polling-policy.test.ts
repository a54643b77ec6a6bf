import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type PollingPolicy, pollDelayMs } from '../../../shared/core/polling-policy.ts';

const policy: PollingPolicy = { backoffMs: 10_000, maxBackoffMs: 300_000, most: 1, withinMs: 0 };
const ALMOST_ONE = 1 - Number.EPSILON;

describe('the pause between polls', () => {
  it('doubles with each, up to the limit', () => {
    expect([1, 2, 3, 6, 7].map((polls) => pollDelayMs(policy, polls, ALMOST_ONE))).toEqual([
      10_000, 20_000, 40_000, 300_000, 300_000,
    ]);
  });

  it('is spread over the upper half of its bound', () => {
    expect([0, 0.5].map((random) => pollDelayMs(policy, 1, random))).toEqual([5_000, 7_500]);
  });

  it('is never nothing, and never too long, however often was polled', () => {
    const any = fc.record({
      backoffMs: fc.integer({ min: 1, max: 1e6 }),
      polls: fc.integer({ min: 1, max: 1e6 }),
      random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    });
    fc.assert(
      fc.property(any, ({ backoffMs, polls, random }) => {
        const delay = pollDelayMs({ ...policy, backoffMs, maxBackoffMs: 1e6 }, polls, random);
        expect(Number.isInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(Math.max(1, backoffMs / 2));
        expect(delay).toBeLessThanOrEqual(1e6);
      }),
    );
  });
});
