import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');
const built = resolve(root, '.local/programs');

let isBuilt = false;

/** A program or module of this repository, compiled: processes that are killed every second must start quickly. */
export function program(file: string): string {
  if (!isBuilt) {
    execFileSync(process.execPath, [
      resolve(root, 'node_modules/typescript/bin/tsc'),
      '-p',
      resolve(root, 'test/chaos/tsconfig.json'),
    ]);
    isBuilt = true;
  }
  return resolve(built, file.replace(/\.ts$/, '.js'));
}
