import { spawn } from 'node:child_process';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');

export interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/**
 * Runs Node with these parameters, and waits for its end.
 * @param cwd default: this repository
 * @param environment beside what this process has
 */
export function runApart(
  parameters: readonly string[],
  { cwd = ROOT, environment = {} }: { readonly cwd?: string; readonly environment?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, parameters, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
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

/** Seeds in a process of their own: the test runner takes six times as long over many. */
export const simulateApart = (...parameters: readonly string[]): Promise<Ended> =>
  runApart(['--import', 'tsx', path.join(import.meta.dirname, 'main.ts'), ...parameters]);

/** The parameters with which Node runs the test runner. @param root where its configuration is */
export const testRunner = (root: string = ROOT): readonly string[] => [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  path.join(root, 'node_modules/jest/bin/jest.js'),
  `--rootDir=${root}`,
];

/** Does all of it, so many at once, each in the order in which it stands there. @param act `lane` is below `lanes`, and one of its kind at a time */
export async function inLanes<T>(
  all: readonly T[],
  lanes: number,
  act: (one: T, lane: number) => Promise<void>,
): Promise<void> {
  const left = all.values();
  const go = async (lane: number): Promise<void> => {
    for (const one of left) await act(one, lane);
  };
  await Promise.all(Array.from({ length: lanes }, (_, lane) => go(lane)));
}
