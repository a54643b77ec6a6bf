import { describe, expect, it } from '@jest/globals';
import { Metrics } from '../../../shared/runtime/metrics.ts';
import type { Host } from '../../../shared/runtime/process-host.ts';
import { type Build, runService, type ServiceContext } from '../../../shared/runtime/run-service.ts';
import { StatusServer } from '../../../shared/runtime/status-server.ts';
import { SeededRandom } from '../../../shared/testing/seeded-random.ts';
import { VirtualClock } from '../../../shared/testing/virtual-clock.ts';
import { eventually } from '../../support/eventually.ts';

const ENVIRONMENT = {
  AMQP_URL: 'amqp://mq',
  MONGODB_URL: 'mongodb://db',
  METRICS_HOST: '127.0.0.1',
  METRICS_PORT: '0',
  SHUTDOWN_GRACE: '10s',
};

/** A process that only notes down what is done to it. */
class FakeHost implements Host {
  readonly environment: Record<string, string>;
  readonly clock = new VirtualClock();
  readonly random = new SeededRandom(1);
  readonly lines: string[] = [];
  readonly destination = { write: (line: string) => this.lines.push(line) };
  readonly ends: { code: number; error: string }[] = [];
  signal: (signal: string) => void = () => {};
  crash: (error: unknown) => void = () => {};
  #error = '';
  #ended: () => void = () => {};
  readonly ended = new Promise<void>((resolve) => {
    this.#ended = resolve;
  });

  constructor(environment: Record<string, string> = ENVIRONMENT) {
    this.environment = environment;
  }
  onSignal(action: (signal: string) => void): void {
    this.signal = action;
  }
  onCrash(action: (error: unknown) => void): void {
    this.crash = action;
  }
  writeError(text: string): void {
    this.#error += text;
  }
  exit(code: number): void {
    this.ends.push({ code, error: this.#error });
    this.#ended();
  }
  /** The messages of the log so far. */
  get messages(): unknown[] {
    return this.lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
  }
}

type Behaviour = { start?: () => Promise<void>; stop?: () => Promise<void> };

/** A build of one service, and the context that it was given. */
function buildOf({ start, stop }: Behaviour = {}): { build: Build; context: () => ServiceContext } {
  let given: ServiceContext | undefined;
  const done = (): Promise<void> => Promise.resolve();
  return {
    build(context) {
      given = context;
      return { services: { worker: { start: start ?? done, stop: stop ?? done, started: true } }, checks: [] };
    },
    context() {
      if (!given) throw new Error('Nothing was built.');
      return given;
    },
  };
}

async function running(behaviour: Behaviour = {}) {
  const host = new FakeHost();
  const { build, context } = buildOf(behaviour);
  await runService('worker', build, host);
  expect(host.messages).toEqual(['ready']);
  return { host, context: context() };
}

/** A promise that the test resolves. */
class Held {
  release: () => void = () => {};
  readonly done = new Promise<void>((resolve) => {
    this.release = resolve;
  });
}

async function freePort(): Promise<number> {
  const server = new StatusServer({
    host: '127.0.0.1',
    port: 0,
    metrics: new Metrics(),
    checks: [],
    clock: new VirtualClock(),
  });
  await server.start();
  const { port } = server;
  await server.stop();
  return Number(port);
}

const never = (): Promise<void> => new Promise(() => {});

describe('running a service', () => {
  it('says when it is ready, stops on a signal, and exits with 0', async () => {
    const { host } = await running();
    expect(JSON.parse(String(host.lines[0]))).toMatchObject({ service: 'worker', version: '0.1.0', level: 'info' });
    host.signal('SIGTERM');
    await host.ended;
    expect(host.ends).toEqual([{ code: 0, error: '' }]);
    expect(host.messages).toEqual(['ready', 'stopping', 'stopped']);
  });

  it('is not ready before everything is started, and alive meanwhile', async () => {
    const port = await freePort();
    const host = new FakeHost({ ...ENVIRONMENT, METRICS_PORT: String(port) });
    const started = new Held();
    const run = runService('worker', buildOf({ start: () => started.done }).build, host);
    const status = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    await eventually(async () => (await status('/healthz').catch(() => 0)) === 200);
    expect(await status('/readyz')).toBe(503);
    started.release();
    await run;
    expect(await status('/readyz')).toBe(200);
    host.signal('SIGINT');
    await host.ended;
  });

  it('refuses a bad configuration in one line, before anything is built', async () => {
    const host = new FakeHost({ ...ENVIRONMENT, AMQP_URL: 'http://guest:secret@mq' });
    const { build, context } = buildOf();
    await runService('worker', build, host);
    expect(host.ends).toEqual([
      {
        code: 1,
        error:
          'worker: config-invalid: AMQP_URL: "http://***@mq" is not allowed. Expected: a URL that starts with amqp:// or amqps://.\n',
      },
    ]);
    expect(context).toThrow('Nothing was built.');
  });

  it('says in one line why a start failed, with no secret in it', async () => {
    const host = new FakeHost();
    const start = (): Promise<void> => Promise.reject(new Error('no answer\n  from amqp://u:secret@mq'));
    await runService('worker', buildOf({ start }).build, host);
    expect(host.ends).toEqual([{ code: 1, error: 'worker: no answer from amqp://***@mq\n' }]);
  });

  it('stops cleanly when the signal comes during the start', async () => {
    const host = new FakeHost();
    const starting = new Held();
    const start = (): Promise<void> => {
      starting.release();
      return never();
    };
    const run = runService('worker', buildOf({ start }).build, host);
    await starting.done;
    host.signal('SIGTERM');
    await run;
    await host.ended;
    expect(host.ends).toEqual([{ code: 0, error: '' }]);
    expect(host.messages).toEqual(['stopping', 'stopped']);
  });

  it('ends at once on a second signal', async () => {
    const stopped = new Held();
    const { host } = await running({ stop: () => stopped.done });
    host.signal('SIGTERM');
    host.signal('SIGINT');
    expect(host.ends).toEqual([{ code: 1, error: 'worker: a second signal (SIGINT) came before the stop was done\n' }]);
    stopped.release();
  });

  it('ends with what did not stop when a stop takes longer than its grace', async () => {
    const { host } = await running({ stop: never });
    host.signal('SIGTERM');
    await host.clock.advance(10_000);
    await host.ended;
    expect(host.ends).toEqual([
      { code: 1, error: expect.stringMatching(/^worker: stop-incomplete: Not stopped cleanly: worker\..*\n$/) },
    ]);
  });

  it('exits once, whatever comes afterwards', async () => {
    const { host, context } = await running();
    host.signal('SIGTERM');
    await host.ended;
    context.fail(new Error('late'));
    host.signal('SIGTERM');
    host.crash(new Error('later'));
    expect(host.ends).toEqual([{ code: 0, error: '' }]);
  });
});
