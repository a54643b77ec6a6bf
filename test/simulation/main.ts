// npm run simulate -- --seeds 1000 [--from 1] [--faults kill,pause] [--history] [--mutants [--only text]]
import { parseArgs } from 'node:util';
import { checkMutants } from './mutants.ts';
import { FAULTS, type Fault } from './plan.ts';
import { type Outcome, simulate } from './simulation.ts';

const { values } = parseArgs({
  options: {
    /** How many seeds. */
    seeds: { type: 'string', default: '200' },
    /** The first one. */
    from: { type: 'string', default: '1' },
    /** Only these faults instead of each seed's own mix; `none`: none. */
    faults: { type: 'string' },
    /** Print what happened, line by line. */
    history: { type: 'boolean', default: false },
    /** Put bugs into a copy of the sources, one at a time, and see whether the simulation finds each. */
    mutants: { type: 'boolean', default: false },
    /** Only the bugs whose name has this in it. */
    only: { type: 'string', default: '' },
  },
});

const wholeNumber = (name: string, text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name}: expected a whole number, got "${text}"`);
  return value;
};

function faultsOf(text: string): Fault[] {
  const names = text === 'none' ? [] : text.split(',');
  return names.map((name) => {
    const fault = FAULTS.find((known) => known === name);
    if (!fault) throw new Error(`--faults: "${name}" is not one of ${FAULTS.join(', ')}`);
    return fault;
  });
}

function report({ seed, faults, violations }: Outcome): void {
  console.log(`seed ${seed} (${faults.join(', ') || 'no faults'}): ${violations.length} violations`);
  for (const violation of violations.slice(0, 10)) console.log(`  ${violation}`);
  const only = values.faults === undefined ? '' : ` --faults ${values.faults}`;
  console.log(`  repeat: npm run simulate -- --from ${seed} --seeds 1${only} --history`);
}

async function runSeeds(from: number, count: number): Promise<boolean> {
  const options = values.faults === undefined ? {} : { faults: faultsOf(values.faults) };
  const totals = { started: 0, succeeded: 0, failed: 0, cancelled: 0, parked: 0, waiting: 0, running: 0 };
  let slowestMs = 0;
  let failures = 0;
  for (let seed = from; seed < from + count; seed += 1) {
    const outcome = await simulate(seed, options);
    if (values.history) console.log(outcome.history.join('\n'));
    if (outcome.violations.length > 0) report(outcome);
    failures += outcome.violations.length > 0 ? 1 : 0;
    slowestMs = Math.max(slowestMs, outcome.healedMs);
    for (const key of Object.keys(totals) as (keyof typeof totals)[]) totals[key] += outcome.totals[key]; // its own keys
    if ((seed - from + 1) % 500 === 0) console.log(`${seed - from + 1} of ${count} seeds, ${failures} failed`);
  }
  const { started, succeeded, failed, cancelled, parked, waiting } = totals;
  console.log(
    `${count} seeds, ${failures} failed; ${started} workflows: ${succeeded} succeeded, ${failed} failed, ${cancelled} cancelled, ${parked} parked, ${waiting} waiting`,
  );
  console.log(`longest until the line came to rest after the faults: ${slowestMs / 1_000} s (virtual)`);
  return failures === 0;
}

const from = wholeNumber('from', values.from);
const seeds = wholeNumber('seeds', values.seeds);
const passed = values.mutants ? await checkMutants(seeds, values.only) : await runSeeds(from, seeds);
process.exitCode = passed ? 0 : 1;
