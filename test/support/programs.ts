import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const built = resolve(root, '.local/programs');

let isBuilt = false;

/**
 * A program or module of this repository, compiled as it is deployed: processes that are killed every second must start quickly, and what
 * is measured must not carry a compiler along.
 */
export function program(file: string): string {
  if (!isBuilt) {
    const compiler = resolve(root, 'node_modules/typescript/bin/tsc');
    execFileSync(process.execPath, [compiler, '-p', resolve(root, 'test/tsconfig.programs.json')], {
      stdio: ['ignore', 2, 2],
    });
    isBuilt = true;
  }
  return resolve(built, file.replace(/\.ts$/, '.js'));
}
