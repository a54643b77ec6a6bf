import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inLanes, runApart, testRunner } from './apart.ts';
import { MUTATIONS, type Mutation } from './mutations.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** What the tests of a run are made of. */
const SOURCES = ['shared', 'test/simulation', 'test/support', 'package.json', 'tsconfig.json', 'jest.config.mjs'];
/** Mutations under test at once, each in a copy of its own: the build's machine has two cores. */
const LANES = 2;

/**
 * Tests the simulation itself, and the tests beside it: each mutation puts one bug into a copy of the sources, and what is said to
 * find it must find it there.
 * @param only those whose name has this in it
 * @returns whether each was found
 */
export async function checkMutants(only = ''): Promise<boolean> {
  const mutations = MUTATIONS.filter(({ name }) => name.includes(only));
  const folder = await mkdtemp(path.join(tmpdir(), 'conveyor-mutants-'));
  const copies = Array.from({ length: LANES }, (_, lane) => path.join(folder, String(lane)));
  let missed = 0;
  try {
    await Promise.all(copies.map((copy) => copySources(copy)));
    await inLanes(mutations, LANES, async (mutation, lane) => {
      const found = await withMutation(copies[lane] ?? folder, mutation, (copy) => find(copy, mutation));
      if (found === undefined) missed += 1;
      console.log(found === undefined ? `MISSED  ${mutation.name}` : `found   ${mutation.name}: ${found}`);
    });
  } finally {
    await rm(folder, { recursive: true });
  }
  console.log(`${mutations.length - missed} of ${mutations.length} bugs found`);
  return missed === 0;
}

async function copySources(copy: string): Promise<void> {
  for (const source of SOURCES) await cp(path.join(ROOT, source), path.join(copy, source), { recursive: true });
  await symlink(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
}

async function withMutation<T>(
  copy: string,
  { file, find, replace }: Mutation,
  act: (copy: string) => Promise<T>,
): Promise<T> {
  const target = path.join(copy, file);
  const original = await readFile(target, 'utf8');
  if (original.split(find).length !== 2) throw new Error(`${file} has not exactly one: ${find}`);
  await writeFile(
    target,
    original.replace(find, () => replace),
  );
  try {
    return await act(copy);
  } finally {
    await writeFile(target, original);
  }
}

/** What gives the bug away; undefined: nothing does. */
const find = (copy: string, { foundBy }: Mutation): Promise<string | undefined> =>
  typeof foundBy === 'number' ? firstViolation(copy, foundBy) : failedTest(copy, foundBy);

async function firstViolation(copy: string, seeds: number): Promise<string | undefined> {
  const program = path.join(copy, 'test/simulation/until-violated.ts');
  const { code, output, errors } = await runApart(['--import', 'tsx', program, String(seeds)], { cwd: copy });
  if (code !== 0) throw new Error(`the simulation itself failed: ${errors}`);
  return output === '' ? undefined : output;
}

async function failedTest(copy: string, name: string): Promise<string | undefined> {
  const file = `test/simulation/${name}.test.ts`;
  const options = ['--selectProjects=simulation', '--testTimeout=10000', '--forceExit', '--runInBand', '--bail'];
  const { code, errors } = await runApart([...testRunner(copy), file, ...options], { cwd: copy });
  if (code === 0) return undefined;
  const failed = /● (.*)/.exec(errors)?.[1];
  if (failed === undefined) throw new Error(`the tests themselves failed: ${errors}`);
  return failed;
}
