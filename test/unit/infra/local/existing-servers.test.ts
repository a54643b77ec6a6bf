import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ensureServers, existingServers, foreignServers, sharedServers } from '../../../../infra/local/servers.ts';
import { writeSettings } from '../../../../infra/local/settings.ts';

const NAMES = ['AMQP_URL', 'MONGODB_URL', 'RABBITMQ_MANAGEMENT_URL', 'CONVEYOR_LOCAL_DIR'] as const;
const before = Object.fromEntries(NAMES.map((name) => [name, process.env[name]]));

beforeEach(() => {
  for (const name of NAMES) delete process.env[name];
});
afterEach(() => {
  for (const name of NAMES) {
    const value = before[name];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

describe('servers that the environment names', () => {
  test('are none when neither variable is set', () => {
    expect(existingServers()).toBeUndefined();
  });

  test('need both variables: one alone is refused, and the missing one named', () => {
    process.env['AMQP_URL'] = 'amqp://localhost';
    expect(() => existingServers()).toThrow('AMQP_URL is set and MONGODB_URL is not');
    delete process.env['AMQP_URL'];
    process.env['MONGODB_URL'] = 'mongodb://localhost';
    expect(() => existingServers()).toThrow('MONGODB_URL is set and AMQP_URL is not');
  });

  test('are not foreign when they are the shared ones, so that these are healed instead of refused', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'conveyor-existing-'));
    process.env['CONVEYOR_LOCAL_DIR'] = directory;
    writeFileSync(join(directory, 'kind'), 'processes');
    await writeSettings(join(directory, 'rabbitmq', 'settings.json'), ['amqp', 'management']);
    await writeSettings(join(directory, 'mongodb', 'settings.json'), ['mongodb']);
    const { amqpUrl, mongodbUrl } = sharedServers().urls() ?? {};
    process.env['AMQP_URL'] = amqpUrl ?? '';
    process.env['MONGODB_URL'] = mongodbUrl ?? '';
    expect(existingServers()).toMatchObject({ amqpUrl, mongodbUrl });
    expect(foreignServers()).toBeUndefined();
    process.env['MONGODB_URL'] = 'mongodb://elsewhere';
    expect(foreignServers()).toEqual({ amqpUrl, mongodbUrl: 'mongodb://elsewhere' });
    rmSync(directory, { recursive: true });
  });

  test('are refused when they do not answer, by the name of the variable and without the password', async () => {
    process.env['AMQP_URL'] = 'amqp://someone:secret@127.0.0.1:1';
    process.env['MONGODB_URL'] = 'mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100';
    const refused = await ensureServers().catch((error: unknown) => String(error));
    expect(refused).toMatch(/the RabbitMQ that AMQP_URL names cannot be used: .*ECONNREFUSED.*Correct AMQP_URL/);
    expect(refused).not.toMatch('secret');
  });
});
