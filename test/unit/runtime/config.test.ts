import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { Fatal } from '../../../shared/core/errors.ts';
import { type Environment, loadConfig, loadSettings, readSettings } from '../../../shared/runtime/config.ts';

const URLS = { AMQP_URL: 'amqp://guest:secret@mq:5672', MONGODB_URL: 'mongodb://root:secret@db/orders' };

function refusal(environment: Environment): string {
  try {
    loadConfig(environment);
  } catch (error) {
    if (error instanceof Fatal && error.code === 'config-invalid') return error.message;
    throw error;
  }
  throw new Error('It was accepted.');
}

describe('configuration', () => {
  it('takes defaults for what is not set or empty, with durations in milliseconds', () => {
    expect(loadConfig({ ...URLS, LOG_LEVEL: '' })).toEqual({
      amqpUrl: URLS.AMQP_URL,
      mongodbUrl: URLS.MONGODB_URL,
      namespace: 'conveyor',
      actionsModule: undefined,
      livenessTimeoutMs: 5_000,
      definitionWaitMs: 60_000,
      retentionMs: 30 * 86_400_000,
      shutdownGraceMs: 25_000,
      logLevel: 'info',
      metricsHost: '0.0.0.0',
      metricsPort: 9464,
    });
  });

  it('cannot be changed once it is loaded', () => {
    const config: { namespace?: string } = loadConfig(URLS);
    expect(() => {
      config.namespace = 'other';
    }).toThrow(TypeError);
  });

  it.each([
    [{ MONGODB_URL: 'mongodb://db' }, 'AMQP_URL: is not set. Expected: a URL that starts with amqp:// or amqps://.'],
    [
      { ...URLS, AMQP_URL: 'http://guest:secret@mq' },
      'AMQP_URL: "http://***@mq" is not allowed. Expected: a URL that starts with amqp:// or amqps://.',
    ],
    [
      { ...URLS, MONGODB_URL: 'root:secret@db' },
      'MONGODB_URL: "***" is not allowed. Expected: a URL that starts with mongodb:// or mongodb+srv://.',
    ],
    [
      { ...URLS, CONVEYOR_NAMESPACE: 'Orders\n2' },
      'CONVEYOR_NAMESPACE: "Orders\\n2" is not allowed. Expected: a lower-case letter, then up to 31 of a-z, 0-9 and "-".',
    ],
    [
      { ...URLS, LIVENESS_TIMEOUT: '1999ms' },
      'LIVENESS_TIMEOUT: "1999ms" is not allowed. Expected: a duration from 2s to 5m.',
    ],
    [{ ...URLS, RETENTION: '30' }, 'RETENTION: "30" is not allowed. Expected: a duration from 1h to 3650d.'],
    [{ ...URLS, SHUTDOWN_GRACE: '-5s' }, 'SHUTDOWN_GRACE: "-5s" is not allowed. Expected: a duration from 1s to 30m.'],
    [{ ...URLS, LOG_LEVEL: 'loud' }, 'LOG_LEVEL: "loud" is not allowed. Expected: debug, info, warn, error or silent.'],
    [{ ...URLS, METRICS_PORT: '65536' }, 'METRICS_PORT: "65536" is not allowed. Expected: a port from 0 to 65535.'],
    [{ ...URLS, METRICS_PORT: '1e3' }, 'METRICS_PORT: "1e3" is not allowed. Expected: a port from 0 to 65535.'],
    [{ ...URLS, METRICS_HOST: 'localhost' }, 'METRICS_HOST: "localhost" is not allowed. Expected: an IP address.'],
  ])('refuses %j in one line that says what is allowed', (environment, line) => {
    expect(refusal(environment)).toBe(line);
  });

  it('never shows a secret, whatever is wrong with it', () => {
    const secrets = ['amqp:/guest:secret@mq', 'amqp://', ' amqp://guest:secret@mq', 'secret', 'amqp://u:secret@mq /x'];
    for (const AMQP_URL of secrets) expect(refusal({ ...URLS, AMQP_URL })).not.toContain('secret');
    expect(refusal({ ...URLS, LOG_LEVEL: URLS.AMQP_URL })).not.toContain('secret');
  });

  it.each([
    [
      { ...URLS, CONVEYOR_NAMESPCAE: 'x' },
      'CONVEYOR_NAMESPCAE: there is no such variable; did you mean CONVEYOR_NAMESPACE?',
    ],
    [{ ...URLS, CONVEYOR_AMQP_URL: 'x' }, 'CONVEYOR_AMQP_URL: there is no such variable; did you mean AMQP_URL?'],
    [{ ...URLS, CONVEYOR_COLOUR: 'x' }, 'CONVEYOR_COLOUR: there is no such variable; the README lists the variables.'],
  ])('refuses the unknown variable in %j', (environment, line) => {
    expect(refusal(environment)).toBe(line);
  });

  it('passes over what a platform tells about a service named conveyor-…, and what our own tools read', () => {
    const links = {
      CONVEYOR_INTAKE_SERVICE_HOST: '10.0.0.1',
      CONVEYOR_INTAKE_SERVICE_PORT_METRICS: '9464',
      CONVEYOR_INTAKE_PORT: 'tcp://10.0.0.1:9464',
      CONVEYOR_INTAKE_PORT_9464_TCP_ADDR: '10.0.0.1',
    };
    expect(loadConfig({ ...URLS, ...links, CONVEYOR_LOCAL_DIR: '.local' }).namespace).toBe('conveyor');
  });

  it('gives a program that needs some settings only those, and asks for no other', () => {
    expect(loadSettings(['mongodbUrl', 'namespace'], { MONGODB_URL: 'mongodb://db' })).toEqual({
      mongodbUrl: 'mongodb://db',
      namespace: 'conveyor',
    });
  });

  it("reads a service's own table by the same rules", () => {
    const table = {
      downstreamUrl: {
        name: 'DOWNSTREAM_URL',
        meaning: 'Where payments are taken.',
        allowed: 'a URL that starts with http://',
        parser: z.string().startsWith('http://'),
        programs: ['worker'],
      },
    } as const;
    expect(readSettings(table, { DOWNSTREAM_URL: 'http://localhost:1' }).downstreamUrl).toBe('http://localhost:1');
    expect(() => readSettings(table, {})).toThrow('DOWNSTREAM_URL: is not set.');
  });
});
