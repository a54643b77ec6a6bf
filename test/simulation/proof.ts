import { type Ended, inLanes, runApart, simulateApart, testRunner } from './apart.ts';
import { checkMutants } from './mutants.ts';
import { CALL_FAULTS, FAULTS } from './plan.ts';

/** At once: the build's machine has two cores. */
const LANES = 2;

/** One process: some hundred seeds, or models. */
interface Part {
  readonly what: string;
  readonly run: () => Promise<Ended>;
}

/** Seeds, a hundred per part, so that progress is seen and a failure is told early. */
const PER_PART = 100;

function seedsOf(what: string, from: number, seeds: number, faults?: readonly string[]): Part[] {
  return Array.from({ length: Math.ceil(seeds / PER_PART) }, (_, index) => {
    const first = from + index * PER_PART;
    const count = Math.min(PER_PART, from + seeds - first);
    const chosen = faults ? ['--faults', faults.join(',')] : [];
    return {
      what: `${what}: seeds ${first} to ${first + count - 1}`,
      run: () => simulateApart('--from', String(first), '--seeds', String(count), ...chosen),
    };
  });
}

const models = (count: number): Part => ({
  what: `a cancelled order: ${count} models`,
  run: () =>
    runApart([...testRunner(), 'test/simulation/cancel-model.test.ts', '--selectProjects=simulation', '--runInBand'], {
      environment: { CANCEL_MODEL_RUNS: String(count) },
    }),
});

/** Wall clocks that are set let the line come to rest hours later: without them the bound is a quarter of an hour. */
const ALL_AT_ONCE = FAULTS.filter((fault) => fault !== 'wall-clock');

/** In the sizes of the build. The seeds of `npm test` are the first of these. */
const PARTS: readonly Part[] = [
  ...seedsOf('a mix of faults', 1, 2_000),
  // Whatever a call of a port can do to its caller: each alone, and all of them.
  ...CALL_FAULTS.flatMap((fault, index) => seedsOf(`calls: ${fault}`, 10_001 + 125 * index, 125, [fault])),
  ...seedsOf('calls: all of these', 10_376, 125, ['calls']),
  // That it comes to rest in time when everything has gone wrong at once, and one process of each kind is left.
  ...seedsOf('every fault at once', 11_001, 500, ALL_AT_ONCE),
  ...FAULTS.flatMap((fault, index) => seedsOf(`${fault} alone`, 12_001 + 20 * index, 20, [fault])),
  models(2_500),
  models(2_500),
];

/**
 * Runs what is proved by simulation in the sizes of the build, and prints how far it is; of what fails, everything.
 * @returns whether all of it held
 */
export async function prove(): Promise<boolean> {
  const begunAt = process.hrtime.bigint();
  let done = 0;
  let failed = 0;
  await inLanes(PARTS, LANES, async ({ what, run }) => {
    const { code, output, errors } = await run();
    done += 1;
    failed += code === 0 ? 0 : 1;
    const seconds = Math.round(Number(process.hrtime.bigint() - begunAt) / 1e9);
    console.log(`${done} of ${PARTS.length} (${seconds} s) ${what}: ${code === 0 ? 'held' : 'FAILED'}`);
    if (code !== 0) console.log(`${output}\n${errors}`);
  });
  console.log(`${PARTS.length - failed} of ${PARTS.length} parts held; now the bugs that it must find`);
  const areFound = await checkMutants();
  return failed === 0 && areFound;
}
