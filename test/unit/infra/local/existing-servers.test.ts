import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ensureServers, existingServers } from '../../../../infra/local/servers.ts';

const NAMES = ['AMQP_URL', 'MONGODB_URL', 'RABBITMQ_MANAGEMENT_URL'] as const;
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

  test('are refused when they do not answer, by the name of the variable and without the password', async () => {
    process.env['AMQP_URL'] = 'amqp://someone:secret@127.0.0.1:1';
    process.env['MONGODB_URL'] = 'mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100';
    const refused = await ensureServers().catch((error: unknown) => String(error));
    expect(refused).toMatch(/the RabbitMQ that AMQP_URL names cannot be used: .*ECONNREFUSED.*Correct AMQP_URL/);
    expect(refused).not.toMatch('secret');
  });
});
