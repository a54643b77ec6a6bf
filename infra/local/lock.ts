// One at a time, between processes. Whoever wants in raises a flag (a file with a name that is never used twice) and
// looks around: if another flag of a living process is up, it lowers its own and tries again. Of two that raise at the same
// time at least one sees the other, so two never hold. The flag of a dead process is simply removed: nobody can
// raise it again, so there is no moment at which the removal could hit a lock that somebody has just taken.
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isRunning, thisProcess } from './process.ts';
import type { Progress } from './progress.ts';

// Long enough for the holder to install everything over a slow line.
const LOCK_WITHIN_MS = 15 * 60_000;
const ANNOUNCE_AFTER_MS = 1_000;

export interface Lock {
  /** Where the flags are; made when missing. */
  readonly directory: string;
  readonly name: string;
  readonly progress: Progress;
  readonly withinMs?: number;
}

/** Runs `work` while no other process (and no other call in this one) runs work under the same lock. */
export async function withLock<T>(lock: Lock, work: () => Promise<T>): Promise<T> {
  const flag = join(lock.directory, flagName(lock.name));
  await raise(lock, flag);
  try {
    return await work();
  } finally {
    await rm(flag, { force: true });
  }
}

async function raise(lock: Lock, flag: string): Promise<void> {
  const began = performance.now();
  let announced = false;
  for (;;) {
    let holder = await otherHolder(lock, flag);
    if (holder === undefined) {
      await plant(lock.directory, flag);
      holder = await otherHolder(lock, flag);
      if (holder === undefined) return;
      await rm(flag, { force: true });
    }
    const waitedMs = performance.now() - began;
    if (waitedMs > (lock.withinMs ?? LOCK_WITHIN_MS)) {
      throw new Error(
        `process ${holder} has held the lock "${lock.name}" in ${lock.directory} for too long: end it and repeat`,
      );
    }
    if (!announced && waitedMs > ANNOUNCE_AFTER_MS) {
      lock.progress(`waiting for process ${holder}, which is busy with ${lock.name}`);
      announced = true;
    }
    // The jitter keeps two waiters from lowering and raising in step for ever.
    await pause(20 + Math.random() * 80);
  }
}

function flagName(name: string): string {
  const { pid, started } = thisProcess();
  return [name, pid, started.replaceAll('/', '+').replaceAll(' ', '_'), randomBytes(6).toString('hex')].join('.');
}

async function plant(directory: string, flag: string): Promise<void> {
  for (;;) {
    await mkdir(directory, { recursive: true });
    try {
      await writeFile(flag, '', { flag: 'wx' });
      return;
    } catch (error) {
      // A wipe may remove the empty directory between the two calls.
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
}

async function otherHolder(lock: Lock, own: string): Promise<number | undefined> {
  const names = await readdir(lock.directory).catch(() => []);
  for (const name of names) {
    const path = join(lock.directory, name);
    const [of, pid, started] = name.split('.');
    if (of !== lock.name || pid === undefined || started === undefined || path === own) continue;
    const holder = { pid: Number(pid), started: started.replaceAll('+', '/').replaceAll('_', ' ') };
    if (isRunning(holder)) return holder.pid;
    await rm(path, { force: true });
  }
  return undefined;
}
