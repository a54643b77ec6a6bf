import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { MUTATIONS } from './mutations.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

describe('the seeded bugs', () => {
  it.each(MUTATIONS.map((mutation) => [mutation.name, mutation] as const))(
    '"%s" has its place in the code',
    (_, one) => {
      const source = readFileSync(path.join(ROOT, one.file), 'utf8');
      expect(source.split(one.find)).toHaveLength(2);
      expect(one.replace).not.toBe(one.find);
      const { foundBy } = one;
      if (typeof foundBy === 'string')
        expect(existsSync(path.join(import.meta.dirname, `${foundBy}.test.ts`))).toBe(true);
    },
  );
});
