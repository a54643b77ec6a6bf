import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.resolve(import.meta.dirname, '../..');
const IS_BUILT = path.extname(import.meta.url) === '.js';

/** Where the programs of a real line are run from. */
export interface BuiltPrograms {
  readonly directory: string;
  /** Whether it was made for this run, and goes with it. */
  readonly isOwn: boolean;
}

/**
 * The programs as JavaScript, as a container image has them. Compiling once takes as long as three of the processes would for
 * themselves, and every one that is started again starts in half the time.
 * @throws Error, with what the compiler says, when it makes nothing
 */
export async function buildPrograms(): Promise<BuiltPrograms> {
  if (IS_BUILT) return { directory: ROOT, isOwn: false };
  // Below the repository, so that packages are found.
  const parent = path.join(ROOT, '.local');
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(path.join(parent, 'start-'));
  const said = await compile(directory);
  // Types that are wrong at the moment do not keep it from writing the programs.
  if (existsSync(path.join(directory, 'services/worker/main.js'))) return { directory, isOwn: true };
  rmSync(directory, { recursive: true, force: true });
  throw new Error(`the programs could not be built:\n${said}`);
}

/** Resolves to what the compiler said. */
async function compile(directory: string): Promise<string> {
  const compiler = path.join(path.dirname(fileURLToPath(import.meta.resolve('typescript/package.json'))), 'bin/tsc');
  const args = ['-p', path.join(ROOT, 'tsconfig.build.json'), '--outDir', directory, '--declaration', 'false'];
  const tsc = spawn(process.execPath, [compiler, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  tsc.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await once(tsc, 'close');
  return said;
}
