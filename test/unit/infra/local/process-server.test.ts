// How a server is healed and ended, on a stand-in that starts at once: a sleeping process that counts as ready when the
// test says so.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server as Listener } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ProcessServer, type Recipe } from '../../../../infra/local/process-server.ts';
import { silent } from '../../../../infra/local/progress.ts';

let directory: string;
let server: ProcessServer;
let program: readonly [string, ...string[]];
let ready: () => boolean;

const recipe: Recipe = {
  name: 'rabbitmq',
  portNames: ['one', 'two'],
  roles: ['sleeper'],
  install: async () => await Promise.resolve(),
  async prepare(where) {
    const [file, ...args] = program;
    const command = {
      file,
      args,
      env: { PATH: process.env['PATH'] ?? '' },
      directory: where,
      logFile: join(where, 'sleeper.log'),
    };
    return await Promise.resolve([{ role: 'sleeper', command }]);
  },
  async probe() {
    return await (ready() ? Promise.resolve('1.0') : Promise.reject(new Error('not yet')));
  },
  urls: ({ ports }) => ({ url: `amqp://127.0.0.1:${ports['one']}` }),
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'conveyor-process-server-'));
  server = new ProcessServer(directory, recipe, silent, { startMs: 5_000, reviveMs: 300, portMs: 300 });
  program = ['sleep', '60'];
  ready = () => true;
});
afterEach(async () => {
  await server.wipe();
  rmSync(directory, { recursive: true, force: true });
});

const pid = async () => (await server.status()).pid;
const portOne = async () => (await server.status()).ports['one'] ?? 0;

async function listenOn(port: number): Promise<Listener> {
  const stranger = createServer();
  await new Promise<void>((resolve) => stranger.listen(port, '127.0.0.1', resolve));
  return stranger;
}

describe('a server that is a process', () => {
  test('is started once, and found ready afterwards', async () => {
    expect(await server.up()).toBe(true);
    const first = await pid();
    expect(await server.up()).toBe(false);
    expect(await pid()).toBe(first);
  });

  test('that runs and never gets ready is ended and started anew by "up"', async () => {
    await server.up();
    const hanging = await pid();
    // Deaf for as long as that process runs.
    ready = () => !existsSync(`/proc/${hanging}`);
    expect(await server.up()).toBe(true);
    expect(await server.status()).toMatchObject({ state: 'ready' });
    expect(await pid()).not.toBe(hanging);
  });

  test('that ends while it starts is reported with its last words', async () => {
    program = ['sh', '-c', 'echo the cookie is wrong; exit 1'];
    ready = () => false;
    await expect(server.up()).rejects.toThrow('the cookie is wrong');
    expect(await server.status()).toMatchObject({ state: 'stopped' });
  });

  test('gets new ports from "up" when another program has taken one while it was down', async () => {
    await server.up();
    const before = await portOne();
    await server.stop();
    const stranger = await listenOn(before);
    await expect(server.start()).rejects.toThrow(`port ${before} of rabbitmq is taken by another program`);
    await server.up();
    expect(await portOne()).not.toBe(before);
    stranger.close();
  });

  test('keeps its address over a crash', async () => {
    await server.up();
    const url = server.urls();
    await server.kill9();
    expect(await server.status()).toMatchObject({ state: 'stopped' });
    await server.start();
    expect(server.urls()).toEqual(url);
  });

  test('cannot be paused when it does not run', async () => {
    await server.up();
    await server.stop();
    await expect(server.pause()).rejects.toThrow('does not run');
    await expect(server.resume()).rejects.toThrow('does not run');
    await expect(server.waitReady()).rejects.toThrow('does not run');
  });

  test('can be stopped and wiped while it is paused', async () => {
    await server.up();
    await server.pause();
    expect(await server.status()).toMatchObject({ state: 'paused' });
    await server.stop();
    expect(await server.status()).toMatchObject({ state: 'stopped' });
    await server.wipe();
    expect(await server.status()).toMatchObject({ state: 'absent', ports: {} });
  });
});
