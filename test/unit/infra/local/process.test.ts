import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '../../../../infra/local/deadline.ts';
import {
  ended,
  isPaused,
  isRunning,
  recordedProcess,
  signal,
  startDetached,
  thisProcess,
} from '../../../../infra/local/process.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'conveyor-process-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const record = () => join(directory, 'it.json');
const command = (file: string, ...args: readonly string[]) => ({
  file,
  args,
  env: { PATH: process.env['PATH'] ?? '' },
  directory,
  logFile: join(directory, 'log'),
});

describe('a process of ours', () => {
  test('is recorded when it starts, can be paused and resumed, and is gone after its end', async () => {
    const sleeper = startDetached(command('sleep', '60'), record());
    expect(recordedProcess(record())).toEqual(sleeper);
    expect(isRunning(sleeper)).toBe(true);
    expect(signal(sleeper, 'SIGSTOP')).toBe(true);
    await until(() => isPaused(sleeper) || undefined, { what: 'the pause', withinMs: 5_000 });
    expect(signal(sleeper, 'SIGCONT')).toBe(true);
    expect(signal(sleeper, 'SIGKILL')).toBe(true);
    await ended(sleeper, 5_000);
    expect(signal(sleeper, 'SIGKILL')).toBe(false);
  });

  test('is not another one that was given its id: that one is never signalled', () => {
    const impostor = { pid: process.pid, started: 'another-boot/1' };
    expect(isRunning(impostor)).toBe(false);
    expect(signal(impostor, 'SIGKILL')).toBe(false);
    expect(isRunning(thisProcess())).toBe(true);
  });

  test('writes to its log', async () => {
    const echo = startDetached(command('echo', 'said'), record());
    await ended(echo, 5_000);
    expect(readFileSync(join(directory, 'log'), 'utf8')).toBe('said\n');
  });

  test('that cannot be executed is reported with the name of the program', () => {
    expect(() => startDetached(command('no-such-program'), record())).toThrow('no-such-program could not be executed');
  });

  test('has no record when the file is missing or damaged', () => {
    expect(recordedProcess(record())).toBeUndefined();
    writeFileSync(record(), '{"pid":');
    expect(recordedProcess(record())).toBeUndefined();
  });
});
