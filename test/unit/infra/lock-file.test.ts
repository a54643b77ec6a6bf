import { expect, test } from '@jest/globals';
import { missingEntries, readLockFile } from '../../../infra/lock-file.ts';

test('the lock file names the native packages of all platforms, so that "npm ci" works everywhere', () => {
  const missing = Object.keys(missingEntries(readLockFile().packages));
  // When this fails: node infra/run.mjs infra/lock-file.ts, then commit package-lock.json.
  expect(missing).toEqual([]);
});

test('an entry is made from the package that asks for it and from the name of the platform', () => {
  const packages = { 'node_modules/tool': { dev: true, optionalDependencies: { '@tool/linux-x64-musl': '1.2.3' } } };
  expect(missingEntries(packages)).toEqual({
    'node_modules/@tool/linux-x64-musl': {
      version: '1.2.3',
      cpu: ['x64'],
      dev: true,
      libc: ['musl'],
      optional: true,
      os: ['linux'],
    },
  });
});
