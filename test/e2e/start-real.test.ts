// `npm start -- --real` in small: every part a process of its own. It must leave nothing behind, however it ends.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { eventually } from '../support/eventually.ts';
import { testServers } from '../support/servers.ts';
import { ROOT, startDev } from './dev-command.ts';

const LIMIT_MS = 180_000;
const run = promisify(execFile);

/** The processes whose environment names a namespace. */
function processesOf(namespace: string): number[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const environment = readFileSync(`/proc/${entry}/environ`, 'utf8');
      return environment.includes(`CONVEYOR_NAMESPACE=${namespace}\0`) ? [Number(entry)] : [];
    } catch {
      return []; // it has ended, or is another user's
    }
  });
}

async function tracesOf(namespace: string): Promise<string[]> {
  const { managementUrl, mongodbUrl } = testServers();
  if (managementUrl === undefined) throw new Error('these tests look for traces through the management API');
  const { origin, username, password } = new URL(managementUrl);
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const found: string[] = [];
  for (const kind of ['queues', 'exchanges']) {
    const response = await fetch(`${origin}/api/${kind}`, { headers: { authorization } });
    const names = ((await response.json()) as { name: string }[]).map(({ name }) => name);
    found.push(...names.filter((name) => name.startsWith(`${namespace}.`)));
  }
  const client = new MongoClient(mongodbUrl);
  const { databases } = await client.db().admin().listDatabases();
  await client.close();
  return [...found, ...databases.map(({ name }) => name).filter((name) => name === namespace)];
}

const NAMESPACE = /in the namespace (start-[a-z0-9]+)/;

describe('npm start -- --real', () => {
  it(
    'has a clean audit although workers are killed all the time, and leaves the servers as it found them',
    async () => {
      const dev = startDev(['--real', '--kill', '--orders', '80', '--seed', 'kill', '--workers', 'reserve-stock=2']);
      expect([await dev.exited, dev.output]).toEqual([0, expect.stringMatching(/\nclean\n$/)]);

      expect(dev.output).toMatch(/worker [a-z- ]+\d? ?\(process \d+\) ended by SIGKILL: started again as \d+/);
      expect(dev.output).toMatch(/✔ 80 orders were started, 80 have ended/);
      const [, namespace = ''] = NAMESPACE.exec(dev.output) ?? [];
      expect(await tracesOf(namespace)).toEqual([]);
      expect(processesOf(namespace)).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'sets up servers of its own, shows another program where they are, and takes them away on Ctrl-C',
    async () => {
      const temporary = mkdtempSync(path.join(tmpdir(), 'start-real-'));
      const dev = startDev(['--real', '--orders', '20', '--stay'], {
        AMQP_URL: undefined,
        MONGODB_URL: undefined,
        RABBITMQ_MANAGEMENT_URL: undefined,
        TMPDIR: temporary,
      });
      await dev.says(/The line stays up/, LIMIT_MS);
      const [, AMQP_URL = ''] = await dev.says(/^ {2}AMQP_URL +(\S+)$/m, 5_000);
      const [, MONGODB_URL = ''] = await dev.says(/^ {2}MONGODB_URL +(\S+)$/m, 5_000);
      expect(AMQP_URL).not.toBe(testServers().amqpUrl);
      const { PATH = '', HOME = '' } = process.env;
      const conveyor = ['--import', 'tsx', 'services/cli/main.ts', 'show', 'demo-000001', '--json'];
      const { stdout } = await run(process.execPath, conveyor, {
        cwd: ROOT,
        env: { PATH, HOME, AMQP_URL, MONGODB_URL },
      });
      expect(JSON.parse(stdout)).toMatchObject({ workflow: 'order-payment', businessKey: 'demo-000001' });

      dev.kill('SIGINT');
      expect(await dev.exited).toBe(0);
      expect(readdirSync(temporary).filter((name) => name.startsWith('conveyor-start-'))).toEqual([]);
      rmSync(temporary, { recursive: true });
    },
    LIMIT_MS,
  );

  it(
    'leaves nothing behind even when it is killed itself',
    async () => {
      const dev = startDev(['--real', '--orders', '2000', '--seed', 'killed']);
      const [, namespace = ''] = await dev.says(NAMESPACE, LIMIT_MS);
      await dev.says(/started [1-9]/, LIMIT_MS);
      const builds = (): string[] => readdirSync(path.join(ROOT, '.local')).filter((name) => name.startsWith('start-'));
      const [intake] = processesOf(namespace);
      const build = readFileSync(`/proc/${intake}/cmdline`, 'utf8').match(/\.local\/(start-\w+)\//)?.[1] ?? '';
      expect(builds()).toContain(build);
      dev.kill('SIGKILL');
      await dev.exited;

      await eventually(
        () => processesOf(namespace).length === 0,
        30_000,
        () => `${processesOf(namespace).join(', ')} to end`,
      );
      await eventually(
        () => !existsSync(path.join(ROOT, '.local', build)),
        60_000,
        () => `${build} to be deleted`,
      );
      expect(await tracesOf(namespace)).toEqual([]);
    },
    LIMIT_MS,
  );
});
