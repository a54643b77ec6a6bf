// Some seeds inside the test runner; `seeds.test.ts` and `npm run simulate` run many.
import { describe, expect, it } from '@jest/globals';
import { simulate } from './simulation.ts';

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8] as const;
const LIMIT_MS = 60_000;

describe('the line under faults', () => {
  it.each(SEEDS)('keeps its guarantees and comes to rest: seed %i', async (seed) => {
    expect((await simulate(seed)).violations).toEqual([]);
  });

  it(
    'repeats itself byte for byte',
    async () => {
      for (const seed of [1, 12]) {
        const [first, second] = [await simulate(seed), await simulate(seed)];
        expect(second.history).toEqual(first.history);
        expect(second.digest).toBe(first.digest);
      }
    },
    LIMIT_MS,
  );

  it('differs from seed to seed', async () => {
    expect((await simulate(1)).digest).not.toBe((await simulate(2)).digest);
  });

  it('ends every workflow when nothing goes wrong, or parks what its action cannot do', async () => {
    const { totals, violations } = await simulate(1, { faults: [] });
    expect(violations).toEqual([]);
    const { succeeded, failed, cancelled, parked, started } = totals;
    expect(succeeded + failed + cancelled + parked).toBe(started);
    expect(totals.succeeded).toBeGreaterThan(0);
  });
});
