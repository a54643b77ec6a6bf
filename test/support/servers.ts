// For tests on real servers: where they are, and a namespace of one's own on them.
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { existingServers, isolatedServers, type LocalServers } from '../../infra/local/servers.ts';
import { removeNamespace, type Urls } from './namespaces.ts';

export { removeNamespace };

/** The shared servers, which the global set-up of the test tier has started. */
export function testServers(): Urls {
  const urls = existingServers();
  if (urls === undefined) throw new Error('this test needs servers: run it in the tier "servers" or "chaos" of jest');
  return urls;
}

/**
 * A fresh CONVEYOR_NAMESPACE for the calling test file. After its last test the exchanges, queues and the database of
 * that name are deleted.
 */
export function namespace(): string {
  const name = `t-${randomBytes(5).toString('hex')}`;
  afterAll(async () => await removeNamespace(name, testServers()), 60_000);
  return name;
}

/**
 * Servers that nobody else uses, for tests that stop, kill or pause them. Call `up()` in a beforeAll; they are ended and
 * deleted after the file's last test.
 */
export function ownServers(): LocalServers {
  const servers = isolatedServers(mkdtempSync(join(tmpdir(), 'conveyor-servers-')), { progress: () => undefined });
  afterAll(async () => await servers.wipe(), 60_000);
  return servers;
}
