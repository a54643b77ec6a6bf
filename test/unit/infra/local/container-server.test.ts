// No Docker engine runs where these tests run: a program of that name notes what it is asked and plays one container.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type ContainerRecipe, ContainerServer } from '../../../../infra/local/container-server.ts';
import { whyNoDocker } from '../../../../infra/local/docker.ts';
import { silent } from '../../../../infra/local/progress.ts';

// The state of the container is a file. Everything after the name of the project is noted.
const DOCKER = `#!/bin/sh
here=$(dirname "$0")
case "$1" in
  info) exit 0 ;;
  inspect) cat "$here/state"; exit 0 ;;
  compose) [ "$2" = version ] && exit 0; shift 5 ;;
esac
case "$1" in
  ps) if [ -e "$here/state" ]; then echo 0123abcd; fi; exit 0 ;;
  up|start|unpause) echo running >"$here/state" ;;
  stop|kill) echo exited >"$here/state" ;;
  pause) echo paused >"$here/state" ;;
  down) rm -f "$here/state" ;;
esac
echo "$* $SERVER_PORT" >>"$here/calls"
`;

const path = process.env['PATH'] ?? '';
let directory: string;
let bin: string;
let server: ContainerServer;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'conveyor-container-'));
  bin = join(directory, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'docker'), DOCKER, { mode: 0o755 });
  process.env['PATH'] = `${bin}${delimiter}${path}`;
  server = new ContainerServer(join(directory, 'servers'), recipe, silent);
});
afterEach(() => {
  process.env['PATH'] = path;
  rmSync(directory, { recursive: true, force: true });
});

const state = () => readFileSync(join(bin, 'state'), 'utf8').trim();
const calls = () => readFileSync(join(bin, 'calls'), 'utf8').trim().split('\n');
const recipe: ContainerRecipe = {
  name: 'mongodb',
  portNames: ['mongodb'],
  composeFile: 'compose.mongodb.yml',
  environment: ({ ports }) => ({ SERVER_PORT: String(ports['mongodb']) }),
  probe: async () => await (state() === 'running' ? Promise.resolve('8.0.0') : Promise.reject(new Error('no answer'))),
  urls: ({ ports }) => ({ url: `mongodb://127.0.0.1:${ports['mongodb']}` }),
};

describe('a server in a container', () => {
  test('comes up on a port that stays the same, and only once', async () => {
    expect(await server.up()).toBe(true);
    const url = server.urls()?.url;
    const port = url?.split(':').at(-1);
    expect(await server.up()).toBe(false);
    expect(server.urls()?.url).toBe(url);
    expect(calls()).toEqual([`up --detach ${port}`]);
  });

  test('is absent, stopped, paused or ready, as its container is', async () => {
    expect(await server.status()).toMatchObject({ state: 'absent' });
    await server.up();
    expect(await server.status()).toMatchObject({ state: 'ready', version: '8.0.0' });
    await server.pause();
    expect(await server.status()).toMatchObject({ state: 'paused' });
    await server.resume();
    await server.kill9();
    expect(await server.status()).toMatchObject({ state: 'stopped' });
    await server.start();
    expect(await server.status()).toMatchObject({ state: 'ready' });
  });

  test('is healed by "up" when it is paused', async () => {
    await server.up();
    await server.pause();
    expect(await server.up()).toBe(true);
    expect(state()).toBe('running');
  });

  test('is stopped with its data, and wiped without', async () => {
    await server.up();
    await server.stop();
    await server.wipe();
    const commands = calls().map((call) => call.replace(/ \d+$/, ''));
    expect(commands).toEqual(['up --detach', 'stop', 'down --volumes --timeout 0']);
    expect(await server.status()).toMatchObject({ state: 'absent' });
  });

  test('that was never set up is not started, but stopping and wiping it are done already', async () => {
    await expect(server.start()).rejects.toThrow('call up() first');
    await server.stop();
    await server.wipe();
  });
});

describe('whyNoDocker', () => {
  test('finds an engine with compose', async () => {
    expect(await whyNoDocker()).toBeUndefined();
  });

  test('says which of the two is missing', async () => {
    writeFileSync(join(bin, 'docker'), '#!/bin/sh\n[ "$1" = info ]\n', { mode: 0o755 });
    expect(await whyNoDocker()).toMatch('no compose plugin');
    writeFileSync(join(bin, 'docker'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    expect(await whyNoDocker()).toMatch('no Docker engine answers');
  });
});
