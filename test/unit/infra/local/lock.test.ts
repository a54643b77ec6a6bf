// What could go wrong: two inside at once, a dead holder that keeps all out, a living one that is taken for dead.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { withLock } from '../../../../infra/local/lock.ts';
import { thisProcess } from '../../../../infra/local/process.ts';
import { silent } from '../../../../infra/local/progress.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'conveyor-lock-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const lock = (name = 'work', withinMs = 20_000) => ({ directory, name, progress: silent, withinMs });

function plantFlag(pid: number, started: string): void {
  writeFileSync(join(directory, `work.${pid}.${started.replaceAll('/', '+')}.abcdef`), '');
}

describe('withLock', () => {
  test('lets one in at a time', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      for (let turns = 0; turns < 20; turns += 1) await turn();
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 8 }, async () => await withLock(lock(), work)));
    expect(most).toBe(1);
    expect(readdirSync(directory)).toEqual([]);
  }, 30_000);

  test('keeps locks of different names apart', async () => {
    const inner = withLock(lock('one'), async () => await withLock(lock('two'), async () => 'both'));
    await expect(inner).resolves.toBe('both');
  });

  test('returns what the work returned, and is open again after work that failed', async () => {
    await expect(withLock(lock(), async () => await Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(withLock(lock(), async () => 42)).resolves.toBe(42);
  });

  test('is not kept by a process that died', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    plantFlag(pid, 'some-boot/1');
    await expect(withLock(lock(), async () => readdirSync(directory).length)).resolves.toBe(1);
  });

  test('is not kept by a living process that was given the id of the dead one', async () => {
    plantFlag(process.pid, 'another-boot/1');
    await expect(withLock(lock(), async () => 'in')).resolves.toBe('in');
  });

  test('is kept by a living process, and says which when it takes too long', async () => {
    plantFlag(process.pid, thisProcess().started);
    await expect(withLock(lock('work', 200), async () => 'in')).rejects.toThrow(`process ${process.pid} has held`);
  });
});
