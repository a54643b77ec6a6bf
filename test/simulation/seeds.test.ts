// The seeds of every `npm test`; `npm run chaos` runs ten times as many, and each fault alone.
import { expect, it } from '@jest/globals';
import { inLanes, simulateApart } from './apart.ts';

const SEEDS = 200;
/** Per process, so that a failure is told early. */
const PER_PROCESS = 25;
const AT_ONCE = 2;
const LIMIT_MS = 300_000;

it(
  `the line keeps its guarantees and comes to rest: seeds 1 to ${SEEDS}`,
  async () => {
    const ranges = Array.from({ length: SEEDS / PER_PROCESS }, (_, index) => 1 + index * PER_PROCESS);
    const failures: string[] = [];
    await inLanes(ranges, AT_ONCE, async (from) => {
      const { code, output, errors } = await simulateApart('--from', `${from}`, '--seeds', `${PER_PROCESS}`);
      if (code !== 0 || !output.includes(`${PER_PROCESS} seeds, 0 failed`)) failures.push(output + errors);
    });
    expect(failures).toEqual([]);
  },
  LIMIT_MS,
);
