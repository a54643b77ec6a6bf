// Runs a TypeScript program of this repository on a machine that has nothing but Node and npm:
//   node infra/run.mjs <file.ts> [arguments]
// It installs the dependencies when they are missing or older than the lock file, then runs the program in this very
// process, so that a signal reaches it directly. Plain JavaScript, because nothing is installed yet when it starts.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const lock = path.join(root, 'package-lock.json');
const stamp = path.join(root, 'node_modules', '.conveyor-lock');

const isInstalled = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === readFileSync(lock, 'utf8');

function install() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(
      `Conveyor needs Node 20.19 or newer; this is ${process.version}. Install a newer Node and try again.`,
    );
    process.exit(1);
  }
  console.error('Installing dependencies (once, about 20 s) …');
  // `npm install` with the committed lock, not `npm ci`: the lock names the native packages of this platform only.
  const npm = spawnSync(
    'npm',
    ['install', '--no-audit', '--no-fund', '--no-save', '--ignore-scripts', '--loglevel=error'],
    {
      cwd: root,
      stdio: ['ignore', 2, 2],
    },
  );
  if (npm.status !== 0) {
    console.error('npm install failed: see the lines above. Check that the npm registry is reachable and try again.');
    process.exit(1);
  }
  writeFileSync(stamp, readFileSync(lock, 'utf8'));
}

if (!isInstalled()) install();

const [, , program, ...rest] = process.argv;
if (program) {
  const file = path.resolve(root, program);
  process.argv = [process.argv[0], file, ...rest];
  const { register } = await import('tsx/esm/api');
  register();
  await import(pathToFileURL(file).href);
}
