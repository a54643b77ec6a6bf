import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MUTATIONS, type Mutation } from './mutations.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** What the tests of a run are made of. */
const SOURCES = [
  'shared',
  'test/simulation',
  'test/unit/runtime',
  'test/support',
  'package.json',
  'tsconfig.json',
  'jest.config.mjs',
];
/** The tests that write an interleaving down; they find what chance seldom brings about. */
const WRITTEN_DOWN =
  'test/(simulation/(table-a|identities|operator|waits|cancel|compensation|.*every-line)|unit/runtime/liveness)';

/**
 * Tests the simulation itself, and the tests beside it: each mutation puts one bug into a copy of the sources, and it must be
 * found there, by a seed or by a test.
 * @param seeds how many it may take per bug
 * @param only those whose name has this in it
 * @returns whether each was found
 */
export async function checkMutants(seeds: number, only = ''): Promise<boolean> {
  const mutations = MUTATIONS.filter(({ name }) => name.includes(only));
  const copy = await mkdtemp(path.join(tmpdir(), 'conveyor-mutants-'));
  try {
    for (const source of SOURCES) await cp(path.join(ROOT, source), path.join(copy, source), { recursive: true });
    await symlink(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
    if (await failedTest(copy)) throw new Error('the tests fail without any bug');
    let missed = 0;
    for (const mutation of mutations) {
      const found = await withMutation(copy, mutation, async () => {
        return (await firstViolation(copy, seeds)) ?? (await failedTest(copy));
      });
      if (found === undefined) missed += 1;
      console.log(found === undefined ? `MISSED  ${mutation.name}` : `found   ${mutation.name}: ${found}`);
    }
    console.log(`${mutations.length - missed} of ${mutations.length} bugs found`);
    return missed === 0;
  } finally {
    await rm(copy, { recursive: true });
  }
}

async function withMutation<T>(copy: string, { file, find, replace }: Mutation, act: () => Promise<T>): Promise<T> {
  const target = path.join(copy, file);
  const original = await readFile(target, 'utf8');
  if (original.split(find).length !== 2) throw new Error(`${file} has not exactly one: ${find}`);
  await writeFile(
    target,
    original.replace(find, () => replace),
  );
  try {
    return await act();
  } finally {
    await writeFile(target, original);
  }
}

/** The first violation that gives the bug away; undefined: no seed did. */
async function firstViolation(copy: string, seeds: number): Promise<string | undefined> {
  const program = path.join(copy, 'test/simulation/until-violated.ts');
  const { code, output, errors } = await run(copy, ['--import', 'tsx', program, String(seeds)]);
  if (code !== 0) throw new Error(`the simulation itself failed: ${errors}`);
  return output === '' ? undefined : output;
}

/** The first written-down test that fails; undefined: all pass. */
async function failedTest(copy: string): Promise<string | undefined> {
  const jest = path.join(copy, 'node_modules/jest/bin/jest.js');
  const options = ['--selectProjects=fast', '--rootDir', copy, '--testTimeout=10000', '--forceExit'];
  const { code, errors } = await run(copy, ['--experimental-vm-modules', jest, WRITTEN_DOWN, ...options]);
  if (code === 0) return undefined;
  return /● (.*)/.exec(errors)?.[1] ?? errors.slice(0, 200);
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

function run(cwd: string, parameters: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, parameters, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString().trim();
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output: text(output), errors: text(errors) }));
  });
}
