// npm run simulate -- [--seeds 200] [--from 1] [--faults kill,pause] [--history] | --proof | --mutants [--only text]
import { parseArgs } from 'node:util';
import { checkMutants } from './mutants.ts';
import { ALL_FAULTS, type Fault } from './plan.ts';
import { prove } from './proof.ts';
import { runSeeds } from './seeds.ts';

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
    /** Everything that is proved without servers, in the size of the build: minutes, in two processes. */
    proof: { type: 'boolean', default: false },
    /** Put bugs into a copy of the sources, one at a time, and see whether each is found. */
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
    const fault = ALL_FAULTS.find((known) => known === name);
    if (!fault) throw new Error(`--faults: "${name}" is not one of ${ALL_FAULTS.join(', ')}`);
    return fault;
  });
}

function run(): Promise<boolean> {
  const { proof, mutants, only, history, faults } = values;
  if (proof) return prove();
  if (mutants) return checkMutants(only);
  const range = { from: wholeNumber('from', values.from), seeds: wholeNumber('seeds', values.seeds), history };
  return runSeeds(faults === undefined ? range : { ...range, faults: faultsOf(faults) });
}

process.exitCode = (await run()) ? 0 : 1;
