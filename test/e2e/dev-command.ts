// `npm start` as a process, as somebody at a prompt has it, without npm in between.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll } from '@jest/globals';
import { eventually } from '../support/eventually.ts';

export const ROOT = path.resolve(import.meta.dirname, '../..');

const running = new Set<ChildProcess>();
afterAll(() => {
  for (const left of running) left.kill('SIGTERM');
});

export interface DevCommand {
  /** Standard output so far; a pipe, not a terminal. */
  readonly output: string;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when the output matches. @throws Error, with the output, when it ends or the time is over before */
  says(pattern: RegExp, limitMs: number): Promise<RegExpExecArray>;
  /** Resolves to its exit code; null when a signal ended it. */
  readonly exited: Promise<number | null>;
}

/** @param env added to this process's; undefined takes a variable away */
export function startDev(args: readonly string[], env: Readonly<Record<string, string | undefined>> = {}): DevCommand {
  const environment = Object.fromEntries(
    Object.entries({ ...process.env, NODE_OPTIONS: undefined, ...env }).filter(([, value]) => value !== undefined),
  );
  const child = spawn(process.execPath, ['infra/run.mjs', 'services/dev/main.ts', ...args], {
    cwd: ROOT,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let output = '';
  let hasEnded = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const exited = once(child, 'close').then(([code]: unknown[]) => {
    hasEnded = true;
    running.delete(child);
    return typeof code === 'number' ? code : null;
  });
  return {
    get output() {
      return output;
    },
    exited,
    kill: (signal) => void child.kill(signal),
    says: async (pattern, limitMs) => {
      const describe = (): string => `${pattern} in\n${output}`;
      await eventually(() => pattern.test(output) || hasEnded, limitMs, describe);
      const found = pattern.exec(output);
      if (found) return found;
      throw new Error(`it ended without ${describe()}`);
    },
  };
}
