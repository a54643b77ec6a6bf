import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { FAULTS } from './plan.ts';
import { type Outcome, simulate } from './simulation.ts';

/** Seeds of every `npm test`; `npm run simulate -- --seeds 10000` runs more. */
const SEEDS = 200;
/** Per test, so that a failure is told early and a hanging seed is found. */
const SEEDS_PER_TEST = 50;
/** A seed takes 150 to 200 ms of one core. */
const TEST_TIMEOUT_MS = 120_000;

const failureOf = ({ seed, faults, violations }: Outcome): string =>
  [`seed ${seed} (${faults.join(', ')})`, ...violations, `npm run simulate -- --from ${seed} --seeds 1 --history`].join(
    '\n  ',
  );

/** In a process of its own, as `npm run simulate` does: two hundred in a row inside the test runner took 200 s instead of 30. */
async function simulateApart(from: number, seeds: number): Promise<{ code: number; output: string }> {
  const program = path.join(import.meta.dirname, 'main.ts');
  const args = ['--import', 'tsx', program, '--from', String(from), '--seeds', String(seeds)];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args);
    return { code: 0, output: stdout };
  } catch (error) {
    // What execFile rejects with when the program ends otherwise than with 0.
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

describe('the line under faults', () => {
  for (let first = 1; first <= SEEDS; first += SEEDS_PER_TEST) {
    const last = first + SEEDS_PER_TEST - 1;
    it(
      `keeps its guarantees and comes to rest: seeds ${first} to ${last}`,
      async () => {
        const { code, output } = await simulateApart(first, SEEDS_PER_TEST);
        expect(output).toContain(`${SEEDS_PER_TEST} seeds, 0 failed`);
        expect(code).toBe(0);
      },
      TEST_TIMEOUT_MS,
    );
  }

  it(
    'repeats itself byte for byte',
    async () => {
      for (const seed of [1, 12, 123]) {
        const [first, second] = [await simulate(seed), await simulate(seed)];
        expect(second.history).toEqual(first.history);
        expect(second.digest).toBe(first.digest);
      }
    },
    TEST_TIMEOUT_MS,
  );

  it('differs from seed to seed', async () => {
    expect((await simulate(1)).digest).not.toBe((await simulate(2)).digest);
  });

  it.each(FAULTS)(
    'survives %s alone',
    async (fault) => {
      const failures: string[] = [];
      for (const seed of [1, 2]) {
        const outcome = await simulate(seed, { faults: [fault] });
        if (outcome.violations.length > 0) failures.push(failureOf(outcome));
      }
      expect(failures).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  it('ends every workflow when nothing goes wrong, or parks what its action cannot do', async () => {
    const { totals, violations } = await simulate(1, { faults: [] });
    expect(violations).toEqual([]);
    const { succeeded, failed, cancelled, parked, started } = totals;
    expect(succeeded + failed + cancelled + parked).toBe(started);
    expect(totals.succeeded).toBeGreaterThan(0);
  });
});
