// No Docker engine runs where these tests run, so the files are held against the schema of compose files and against each
// other: what they name must exist, and what must be found must be named.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { z } from 'zod';

const repository = resolve(import.meta.dirname, '../../..');
const read = (path: string) => readFileSync(join(repository, path), 'utf8');
const yaml = (path: string): unknown => parse(read(path), { merge: true });

const composeSchema = z.object({
  services: z.record(
    z.string(),
    z.looseObject({
      image: z.string(),
      build: z.object({ context: z.string(), dockerfile: z.string() }).optional(),
      command: z.array(z.string()).optional(),
      expose: z.array(z.string()).default([]),
      ports: z.array(z.string()).default([]),
      volumes: z.array(z.string()).default([]),
      restart: z.string().optional(),
      environment: z.record(z.string(), z.string()).default({}),
      depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
      healthcheck: z.looseObject({ test: z.array(z.string()).optional() }).optional(),
    }),
  ),
});
const { services } = composeSchema.parse(yaml('docker-compose.yml'));
const own = Object.entries(services).filter(([, service]) => service.build !== undefined);

describe.each(['docker-compose.yml', 'infra/local/compose.rabbitmq.yml', 'infra/local/compose.mongodb.yml'])(
  '%s',
  (file) => {
    test('mounts only files that exist', () => {
      for (const { volumes } of Object.values(composeSchema.parse(yaml(file)).services)) {
        const files = volumes.filter((volume) => volume.startsWith('.')).map((volume) => volume.split(':')[0] ?? '');
        for (const mounted of files) {
          expect([mounted, existsSync(join(repository, dirname(file), mounted))]).toEqual([mounted, true]);
        }
      }
    });

    test('fits the schema of compose files', () => {
      const schema: unknown = JSON.parse(read('test/support/compose-spec/compose-spec.json'));
      const ajv = new Ajv({ strict: false, allErrors: true });
      addFormats.default(ajv);
      const { $schema: _, ...withoutDialect } = z.record(z.string(), z.unknown()).parse(schema);
      const validate = ajv.compile(withoutDialect);
      validate(yaml(file));
      expect(validate.errors ?? []).toEqual([]);
    });
  },
);

describe('docker-compose.yml', () => {
  test('runs a worker for every action of the orders line', () => {
    const actions = own.flatMap(([name, { command = [] }]) =>
      command.includes('dist/services/worker/main.js') ? [name] : [],
    );
    expect(actions).toEqual([
      'reserve-stock',
      'review-fraud',
      'authorize-payment',
      'capture-payment',
      'ship',
      'confirm-delivery',
      'receive-return',
      'refund-payment',
      'restock',
    ]);
    for (const action of actions) {
      expect(services[action]?.command).toEqual(['node', 'dist/services/worker/main.js', action]);
    }
  });

  test('starts only programs that exist', () => {
    for (const [, { command = [] }] of own) {
      const programs = command.join(' ').match(/dist\/\S+\.js/g) ?? [];
      expect(programs).not.toEqual([]);
      for (const program of programs) {
        const source = program.replace(/^dist\//, '').replace(/\.js$/, '.ts');
        expect([source, existsSync(join(repository, source))]).toEqual([source, true]);
      }
    }
  });

  test('lets every service of ours be scaled: no names and no ports of the host are fixed', () => {
    for (const [name, service] of own) {
      expect([name, service['container_name'], service.ports]).toEqual([name, undefined, []]);
    }
  });

  test('confines every service of ours: read-only, no rights, time to stop cleanly', () => {
    for (const [name, service] of own) {
      expect([name, service]).toEqual([
        name,
        expect.objectContaining({ read_only: true, cap_drop: ['ALL'], stop_grace_period: '30s' }),
      ]);
    }
  });

  test('restarts what runs on, and what runs once only when it failed', () => {
    for (const [name, { restart }] of Object.entries(services)) {
      expect([name, restart]).toEqual([name, name === 'setup' ? 'on-failure:5' : 'unless-stopped']);
    }
  });

  test('knows of everything that runs on whether it is healthy', () => {
    for (const [name, { build, healthcheck }] of Object.entries(services)) {
      // Services of ours have the check that is built into their image.
      const checked = build === undefined ? healthcheck?.test !== undefined : healthcheck === undefined;
      expect([name, checked]).toEqual([name, name !== 'setup']);
    }
  });

  test('waits for services that exist, in a way that they can fulfil', () => {
    for (const { depends_on } of Object.values(services)) {
      for (const [on, { condition }] of Object.entries(depends_on)) {
        expect(Object.keys(services)).toContain(on);
        expect(condition).toBe(on === 'setup' ? 'service_completed_successfully' : 'service_healthy');
      }
    }
    for (const action of ['intake', 'ship']) expect(services[action]?.depends_on).toHaveProperty('setup');
  });

  test('sends the workers to the stub of the downstreams, at the address where it listens', () => {
    const {
      DOWNSTREAM_HOST: host,
      DOWNSTREAM_PORT: port,
      METRICS_PORT: checked,
    } = services['downstream']?.environment ?? {};
    expect([host, checked]).toEqual(['0.0.0.0', port]);
    expect(services['ship']?.environment['DOWNSTREAM_URL']).toBe(`http://downstream:${port}`);
  });

  test('has a broker that hands on soon what it could not hand on at its start', () => {
    expect(services['rabbitmq']?.volumes).toContain(
      './infra/rabbitmq/advanced.config:/etc/rabbitmq/advanced.config:ro',
    );
    expect(read('infra/rabbitmq/advanced.config')).toMatch(/{dead_letter_worker_publisher_confirm_timeout, 5000}/);
  });

  test('uses a replica set whose failover is faster than the liveness timeout', () => {
    expect(JSON.stringify(services['mongodb'])).toContain('electionTimeoutMillis: 2000');
    expect(services['intake']?.environment['MONGODB_URL']).toMatch(/replicaSet=conveyor$/);
    expect(services['mongodb']?.command).toEqual(expect.arrayContaining(['--replSet', 'conveyor']));
  });
});

describe('prometheus.yml', () => {
  const discovery = z.object({ type: z.string(), port: z.number(), names: z.array(z.string()) });
  const config = z
    .object({ scrape_configs: z.array(z.object({ dns_sd_configs: z.array(discovery) })) })
    .parse(yaml('infra/prometheus/prometheus.yml'));
  const found = config.scrape_configs.flatMap(({ dns_sd_configs }) =>
    dns_sd_configs.flatMap(({ names, port }) => names.map((name) => `${name}:${port}`)),
  );

  test('finds every service that offers metrics, at the port that it offers', () => {
    const offered = Object.entries(services).flatMap(([name, { expose }]) =>
      expose.filter((port) => ['9464', '15692'].includes(port)).map((port) => `${name}:${port}`),
    );
    expect(found.toSorted()).toEqual(offered.toSorted());
  });
});

describe('infra/Dockerfile', () => {
  const lines = read('infra/Dockerfile').split('\n');

  test('copies only what exists and what .dockerignore lets through', () => {
    const kept = read('.dockerignore')
      .split('\n')
      .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
    const copied = lines
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(/\s+/).slice(1, -1));
    expect(copied).not.toEqual([]);
    for (const source of copied) {
      expect([source, existsSync(join(repository, source)), kept.includes(source)]).toEqual([source, true, true]);
    }
  });

  test('runs as a user that is not root, and runs no install script of a dependency', () => {
    expect(lines).toContain('USER 1000:1000');
    for (const line of lines.filter((text) => text.includes('npm ci'))) expect(line).toContain('--ignore-scripts');
  });

  test('has a health check that asks the service where it exposes its metrics', async () => {
    expect(lines).toContain('EXPOSE 9464');
    const check = lines.find((line) => line.trim().startsWith('CMD ["node", "-e"')) ?? '';
    const [program = '', ...args] = z.array(z.string()).parse(JSON.parse(check.trim().slice('CMD '.length)));
    expect(args.at(-1)).toContain('process.env.METRICS_PORT || 9464');
    let status = 200;
    const server = createServer((request, response) =>
      response.writeHead(request.url === '/healthz' ? status : 404).end(),
    );
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = z.object({ port: z.number() }).parse(server.address());
    const exitCode = async () => {
      const env = { ...process.env, NODE_OPTIONS: '', METRICS_PORT: String(port) };
      const [code]: unknown[] = await once(spawn(program, args, { env, stdio: 'ignore' }), 'exit');
      return code;
    };
    expect(await exitCode()).toBe(0);
    status = 503;
    expect(await exitCode()).toBe(1);
    await once(server.close(), 'close');
    expect(await exitCode()).toBe(1);
  });
});
