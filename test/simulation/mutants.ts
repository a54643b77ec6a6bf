import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MUTATIONS, type Mutation } from './mutations.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** What the simulation is made of. */
const SOURCES = ['shared', 'test/simulation', 'test/support', 'package.json', 'tsconfig.json'];

/**
 * Tests the simulation itself: each mutation puts one bug into a copy of the sources, and the simulation must find it there.
 * @param seeds how many it may take per bug
 * @returns whether each was found
 */
export async function checkMutants(seeds: number): Promise<boolean> {
  const copy = await mkdtemp(path.join(tmpdir(), 'conveyor-mutants-'));
  try {
    for (const source of SOURCES) await cp(path.join(ROOT, source), path.join(copy, source), { recursive: true });
    await symlink(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
    let missed = 0;
    for (const mutation of MUTATIONS) {
      const found = await isFound(copy, mutation, seeds);
      if (found === undefined) missed += 1;
      console.log(
        `${found === undefined ? 'MISSED' : 'found '}  ${mutation.name}${found === undefined ? '' : `: ${found}`}`,
      );
    }
    console.log(`${MUTATIONS.length - missed} of ${MUTATIONS.length} bugs found`);
    return missed === 0;
  } finally {
    await rm(copy, { recursive: true });
  }
}

/** The first violation that gives the bug away; undefined: none did. */
async function isFound(copy: string, { file, find, replace }: Mutation, seeds: number): Promise<string | undefined> {
  const target = path.join(copy, file);
  const original = await readFile(target, 'utf8');
  if (original.split(find).length !== 2) throw new Error(`${file} has not exactly one: ${find}`);
  await writeFile(
    target,
    original.replace(find, () => replace),
  );
  try {
    return await firstViolation(copy, seeds);
  } finally {
    await writeFile(target, original);
  }
}

function firstViolation(copy: string, seeds: number): Promise<string | undefined> {
  const program = path.join(copy, 'test/simulation/until-violated.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', program, String(seeds)], {
    cwd: copy,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const text = Buffer.concat(output).toString().trim();
      if (code === 0) resolve(text === '' ? undefined : text);
      else reject(new Error(`the simulation itself failed: ${Buffer.concat(errors).toString()}`));
    });
  });
}
