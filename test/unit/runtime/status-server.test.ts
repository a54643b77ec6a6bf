import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Fatal } from '../../../shared/core/errors.ts';
import { SystemClock } from '../../../shared/runtime/clock.ts';
import { Metrics } from '../../../shared/runtime/metrics.ts';
import { Readiness, type ReadinessCheck } from '../../../shared/runtime/readiness.ts';
import { StatusServer } from '../../../shared/runtime/status-server.ts';
import { settle, VirtualClock } from '../../../shared/testing/virtual-clock.ts';
import { stressService } from '../../support/service-stress.ts';

const HOST = '127.0.0.1';
const servers: StatusServer[] = [];

function serverWith(checks: readonly ReadinessCheck[] = [], port = 0): StatusServer {
  const server = new StatusServer({ host: HOST, port, metrics: new Metrics(), checks, clock: new SystemClock() });
  servers.push(server);
  return server;
}

async function ask(server: StatusServer, path: string, method = 'GET') {
  const response = await fetch(`http://${HOST}:${server.port}${path}`, { method });
  return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

describe('status server', () => {
  it('serves metrics in the format of Prometheus', async () => {
    const server = serverWith();
    await server.start();
    const { status, type, body } = await ask(server, '/metrics');
    expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(body).toContain('conveyor_build_info{version="0.1.0"} 1');
  });

  it('is ready when every check passes, and names those that fail', async () => {
    let connected = true;
    const server = serverWith([
      { name: 'broker', isReady: () => connected },
      { name: 'journal', isReady: () => (connected ? Promise.resolve(true) : Promise.reject(new Error('down'))) },
      { name: 'started', isReady: () => true },
    ]);
    await server.start();
    expect(await ask(server, '/readyz')).toMatchObject({ status: 200, body: '{"ready":true,"failing":[]}\n' });
    connected = false;
    expect(await ask(server, '/readyz')).toMatchObject({
      status: 503,
      body: '{"ready":false,"failing":["broker","journal"]}\n',
    });
    expect(await ask(server, '/healthz')).toMatchObject({ status: 200, body: 'alive\n' });
  });

  it.each([
    ['/', 'GET', 404],
    ['/metrics/x', 'GET', 404],
    ['/metrics?name=x', 'GET', 200],
    ['/healthz', 'HEAD', 200],
    ['/metrics', 'POST', 405],
  ])('answers %s %s with %d', async (path, method, status) => {
    const server = serverWith();
    await server.start();
    expect((await ask(server, path, method)).status).toBe(status);
  });

  it('refuses to start on a port that is taken, and says what to do', async () => {
    const first = serverWith();
    await first.start();
    const second = serverWith([], first.port);
    await expect(second.start()).rejects.toThrow(
      `METRICS_PORT: cannot listen on 127.0.0.1:${first.port} (EADDRINUSE). Choose another port, or 0 for any free one.`,
    );
    await expect(second.start()).rejects.toBeInstanceOf(Fatal);
  });

  it('stops in bounded time though a client keeps its connection open in the middle of a request', async () => {
    const server = serverWith();
    await server.start();
    const socket = connect(Number(server.port), HOST);
    await new Promise<void>((resolve) => {
      socket.write('GET /metrics HTTP/1.1\r\n', () => resolve());
    });
    const closed = new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
    });
    socket.on('error', () => {}); // a reset is a way to be closed
    await server.stop();
    await closed;
    expect(server.port).toBeUndefined();
  });

  it('survives being started and stopped by many at once', async () => {
    const server = serverWith();
    await stressService(() => server);
    await server.start();
    expect((await ask(server, '/healthz')).status).toBe(200);
  });
});

describe('readiness', () => {
  it('counts a check that does not answer as failed, after 2 seconds', async () => {
    const clock = new VirtualClock();
    const readiness = new Readiness([{ name: 'journal', isReady: () => new Promise(() => {}) }], clock);
    const failing = readiness.failing();
    await clock.advance(1_999);
    expect(await Promise.race([failing, settle().then(() => 'open')])).toBe('open');
    await clock.advance(1);
    expect(await failing).toEqual(['journal']);
  });

  it('runs each check once at a time, however many ask, and again for those who ask later', async () => {
    let runs = 0;
    const check = {
      name: 'journal',
      isReady: async () => {
        runs += 1;
        await settle();
        return true;
      },
    };
    const clock = new VirtualClock();
    const readiness = new Readiness([check], clock);
    await Promise.all([readiness.failing(), readiness.failing(), readiness.failing()]);
    expect(runs).toBe(1);
    await readiness.failing();
    expect(runs).toBe(2);
    expect(clock.untilNext).toBeUndefined();
  });
});
