import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = path.resolve(import.meta.dirname, '../..');
const { exports } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  exports: Record<string, { types: string; default: string }>;
};

describe('the package', () => {
  it.each(Object.entries(exports))('exports %s from a source that is built', (_, { types, default: code }) => {
    const source = path.join(ROOT, code.replace(/^\.\/dist\/(.*)\.js$/, '$1.ts'));
    expect(existsSync(source)).toBe(true);
    expect(types).toBe(code.replace(/\.js$/, '.d.ts'));
  });
});
