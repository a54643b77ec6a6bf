import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ServersUnavailable } from '../../../../infra/local/errors.ts';
import { silent } from '../../../../infra/local/progress.ts';
import { LocalServers } from '../../../../infra/local/servers.ts';

const path = process.env['PATH'] ?? '';
const arch = Object.getOwnPropertyDescriptor(process, 'arch') ?? {};
let directory: string;
let servers: LocalServers;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'conveyor-local-'));
  servers = new LocalServers(directory, { progress: silent });
});
afterEach(() => {
  process.env['PATH'] = path;
  Object.defineProperty(process, 'arch', arch);
  rmSync(directory, { recursive: true, force: true });
});

describe('LocalServers', () => {
  test('says where servers cannot be had why, and how to use existing ones', async () => {
    process.env['PATH'] = directory;
    Object.defineProperty(process, 'arch', { ...arch, value: 'mips' });
    const refused = await servers.up().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ServersUnavailable);
    expect(String(refused)).toMatch(
      /no Docker engine answers .*no mongod is packaged for linux on mips.*AMQP_URL.*MONGODB_URL/,
    );
  });

  test('that were never set up are absent, have no URLs, and are down and wiped already', async () => {
    expect((await servers.status()).map(({ state }) => state)).toEqual(['absent', 'absent']);
    expect(servers.urls()).toBeUndefined();
    await servers.down();
    await servers.wipe();
    await expect(servers.kill9('rabbitmq')).rejects.toThrow('call up() first');
  });
});
