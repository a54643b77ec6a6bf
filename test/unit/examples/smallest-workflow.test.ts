// The example is what the README shows: it must run as it stands, and print what it says it prints.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const FOLDER = path.resolve(import.meta.dirname, '../../../examples/smallest-workflow');
const run = promisify(execFile);

/** Ids, times and the width of columns differ from run to run. */
const generalised = (output: string): string =>
  output
    .replace(/\b(grind-beans|brew)-[a-z0-9]{16,20}\b/g, '$1-<worker>')
    .replace(/ · [\w-]{22} · /g, ' · <id> · ')
    .replace(/\d+(\.\d+)? (ms|s)\b/g, '<time>')
    .split('\n')
    .map((line) => line.trim().replace(/ {2,}/g, '  '))
    .join('\n');

describe('the smallest workflow', () => {
  it('prints what it must', async () => {
    const { stdout } = await run(process.execPath, ['--import', 'tsx', path.join(FOLDER, 'main.ts')]);
    expect(generalised(stdout)).toBe(readFileSync(path.join(FOLDER, 'expected-output.txt'), 'utf8'));
  });

  it('is short', () => {
    expect(readFileSync(path.join(FOLDER, 'main.ts'), 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(60);
  });
});
