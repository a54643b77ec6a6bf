// The servers of `npm run servers`, in a directory of their own, so that the shared ones are left alone. Most of the time is
// RabbitMQ's: it takes 6 s to start and as long to end.
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import amqp from 'amqplib';
import { MongoClient } from 'mongodb';
import { until } from '../../infra/local/deadline.ts';
import { LocalServers, sharedDirectory } from '../../infra/local/servers.ts';
import { removeNamespace, testServers } from '../support/servers.ts';

const execute = promisify(execFile);
const MAIN = ['--import', 'tsx', 'infra/local/main.ts'];
const repository = resolve(import.meta.dirname, '../..');
const directory = mkdtempSync(join(tmpdir(), 'conveyor-servers-test-'));
const servers = new LocalServers(directory, { progress: () => undefined });

/** Runs the command as a user would: in a process of its own, with nothing in the environment that names servers. */
async function command(...args: readonly string[]): Promise<string> {
  const { stdout } = await execute(process.execPath, [...MAIN, ...args], { cwd: repository, env: environment() });
  return stdout;
}

function environment(): NodeJS.ProcessEnv {
  const { AMQP_URL: _amqp, MONGODB_URL: _mongodb, RABBITMQ_MANAGEMENT_URL: _management, ...env } = process.env;
  // Without the flags that jest needs.
  return { ...env, CONVEYOR_LOCAL_DIR: directory, NODE_OPTIONS: '' };
}

/** An "up" that dies by SIGKILL, holding its locks, when it has started a server and does not know yet whether it is ready. */
async function startAndKill(): Promise<void> {
  const up = spawn(process.execPath, [...MAIN, 'up'], { cwd: repository, env: environment(), stdio: 'ignore' });
  await until(async () => (await states())['rabbitmq'] === 'unready' || undefined, {
    what: 'a server that runs and is not ready yet',
    withinMs: 60_000,
    everyMs: 20,
  });
  const died = once(up, 'exit');
  up.kill('SIGKILL');
  await died;
  expect(readdirSync(join(directory, 'locks'))).not.toEqual([]);
}

async function states(): Promise<Record<string, string>> {
  return Object.fromEntries((await servers.status()).map(({ name, state }) => [name, state]));
}

async function pids(): Promise<readonly (number | undefined)[]> {
  return (await servers.status()).map(({ pid }) => pid);
}

/** Every process on this machine that was started with the test's directory in its environment, whoever recorded it. */
function processesOfDirectory(): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`HOME=${directory}`);
    } catch {
      return false;
    }
  });
}

beforeAll(() => {
  // The downloaded program is the same for every directory: it is linked instead of downloaded again.
  const packages = join(sharedDirectory(), 'packages');
  mkdirSync(packages, { recursive: true });
  symlinkSync(packages, join(directory, 'packages'));
});

afterAll(async () => await servers.wipe(), 60_000);

describe('npm run servers', () => {
  test('after an "up" that was killed half-way, two at the same time set up one RabbitMQ and one MongoDB', async () => {
    await startAndKill();
    const [first, second] = await Promise.all([command('up'), command('up')]);
    expect(first).toBe(second);
    expect(first).toMatch(/^export AMQP_URL='amqp:\/\/.+'\nexport MONGODB_URL='mongodb:\/\/.+'\n/);
    const programs = processesOfDirectory().map((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim());
    const started = programs.filter((name) => ['beam.smp', 'epmd', 'mongod'].includes(name));
    expect(started.toSorted()).toEqual(servers.kind() === 'processes' ? ['beam.smp', 'epmd', 'mongod'] : []);
  }, 90_000);

  test('"up" again starts nothing', async () => {
    const before = await pids();
    const output = await command('up');
    expect(await pids()).toEqual(before);
    expect(output).toBe(await command('env'));
  }, 30_000);

  test('what it prints is what clients work with', async () => {
    const { amqpUrl, mongodbUrl } = await servers.up();
    const connection = await amqp.connect(amqpUrl);
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue('kept', { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    channel.sendToQueue('kept', Buffer.from('message'), { persistent: true });
    await channel.waitForConfirms();
    await connection.close();
    await withMongo(mongodbUrl, async (client) => {
      const documents = client.db('kept').collection('documents');
      await documents.insertOne({ kept: true }, { writeConcern: { w: 'majority' } });
      const config = await client.db('admin').command({ replSetGetConfig: 1 });
      expect(config).toMatchObject({ config: { _id: 'conveyor', settings: { electionTimeoutMillis: 2000 } } });
    });
  });

  test('"status" says which server is paused, killed, or ready', async () => {
    expect(await states()).toEqual({ rabbitmq: 'ready', mongodb: 'ready' });
    await servers.pause('mongodb');
    expect(await states()).toEqual({ rabbitmq: 'ready', mongodb: 'paused' });
    await servers.kill9('rabbitmq');
    await expect(command('status', '--json')).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/"state":"stopped".*"state":"paused"/),
    });
    await expect(command('env')).rejects.toMatchObject({ code: 1, stdout: '' });
  }, 30_000);

  test('"up" heals a killed and a paused server: the same addresses, the same data', async () => {
    const before = servers.urls();
    expect(await states()).toEqual({ rabbitmq: 'stopped', mongodb: 'paused' });
    const { amqpUrl, mongodbUrl, startedByUs } = await servers.up();
    expect(startedByUs).toBe(true);
    expect(servers.urls()).toEqual(before);
    const connection = await amqp.connect(amqpUrl);
    const channel = await connection.createChannel();
    expect(await channel.get('kept')).toMatchObject({ content: Buffer.from('message') });
    await connection.close();
    await withMongo(mongodbUrl, async (client) => {
      expect(await client.db('kept').collection('documents').countDocuments()).toBe(1);
    });
  }, 90_000);

  test('"down" leaves no process behind, "wipe" no file', async () => {
    await command('down');
    expect(await states()).toEqual({ rabbitmq: 'stopped', mongodb: 'stopped' });
    expect(processesOfDirectory()).toEqual([]);
    await command('wipe');
    expect(existsSync(directory)).toBe(false);
    expect(await states()).toEqual({ rabbitmq: 'absent', mongodb: 'absent' });
  }, 60_000);
});

describe('a namespace on the shared servers', () => {
  test('leaves nothing behind, and nothing of others is touched', async () => {
    const urls = testServers();
    const [mine, others] = [`t-${randomBytes(5).toString('hex')}`, `t-${randomBytes(5).toString('hex')}`];
    const connection = await amqp.connect(urls.amqpUrl);
    const channel = await connection.createChannel();
    for (const name of [mine, others]) {
      await channel.assertExchange(`${name}.work`, 'topic', { durable: true });
      await channel.assertQueue(`${name}.work.ship`, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
      await withMongo(urls.mongodbUrl, async (client) => void (await client.db(name).createCollection('workflows')));
    }
    await removeNamespace(mine, urls);
    await channel.checkQueue(`${others}.work.ship`);
    await channel.checkExchange(`${others}.work`);
    await withMongo(urls.mongodbUrl, async (client) => {
      const { databases } = await client.db('admin').admin().listDatabases({ nameOnly: true });
      const names = databases.map(({ name }) => name);
      expect([names.includes(mine), names.includes(others)]).toEqual([false, true]);
    });
    await removeNamespace(others, urls);
    channel.on('error', () => undefined);
    await expect(channel.checkQueue(`${mine}.work.ship`)).rejects.toThrow('NOT_FOUND');
    await connection.close();
  });
});

async function withMongo(url: string, work: (client: MongoClient) => Promise<void>): Promise<void> {
  const client = new MongoClient(url);
  try {
    await work(client);
  } finally {
    await client.close();
  }
}
