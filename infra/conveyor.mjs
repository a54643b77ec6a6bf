#!/usr/bin/env node
// The `conveyor` command in a working copy: what was built, when it is newer than the sources and the environment names the
// servers; otherwise the sources, through infra/run.mjs. (An image has no sources: there, dist/services/cli/main.js is the command.)
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const infra = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(infra);
const built = path.join(root, 'dist', 'services', 'cli', 'main.js');
const args = process.argv.slice(2);

const newest = (folder) =>
  readdirSync(folder, { recursive: true })
    .map((file) => statSync(path.join(folder, file)).mtimeMs)
    .reduce((latest, time) => Math.max(latest, time), 0);

const isBuilt = () =>
  existsSync(built) &&
  ['shared', 'services'].every((sources) => newest(path.join(root, sources)) <= statSync(built).mtimeMs);

const namesServers = Boolean(process.env.AMQP_URL || process.env.MONGODB_URL);
const readsTypeScript = args.some((argument) => /\.[cm]?ts$/.test(argument));

if (namesServers && !readsTypeScript && isBuilt()) {
  await import(pathToFileURL(built).href);
} else {
  // `npx` starts commands where they were typed: paths in the arguments stay relative to that.
  process.argv = [process.argv[0], path.join(infra, 'run.mjs'), path.join(root, 'infra/conveyor.ts'), ...args];
  await import('./run.mjs');
}
