// For tests on real servers: where they are, and a namespace of one's own on them.
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { existingServers, isolatedServers, type LocalServers, type RunningServers } from '../../infra/local/servers.ts';

type Urls = Omit<RunningServers, 'startedByUs'>;

/** The shared servers, which the global set-up of the test tier has started. */
export function testServers(): Urls {
  const urls = existingServers();
  if (urls === undefined) throw new Error('this test needs servers: run it in the tier "servers" or "chaos" of jest');
  return urls;
}

/**
 * A fresh CONVEYOR_NAMESPACE for the calling test file. After its last test the exchanges, queues and the database of
 * that name are deleted.
 */
export function namespace(): string {
  const name = `t-${randomBytes(5).toString('hex')}`;
  afterAll(async () => await removeNamespace(name, testServers()), 60_000);
  return name;
}

/**
 * Servers that nobody else uses, for tests that stop, kill or pause them. Call `up()` in a beforeAll; they are ended and
 * deleted after the file's last test.
 */
export function ownServers(): LocalServers {
  const servers = isolatedServers(mkdtempSync(join(tmpdir(), 'conveyor-servers-')), { progress: () => undefined });
  afterAll(async () => await servers.wipe(), 60_000);
  return servers;
}

/** Deletes every exchange and queue whose name starts with the namespace and a dot, and the database of that name. */
export async function removeNamespace(name: string, urls: Urls): Promise<void> {
  await Promise.all([dropDatabase(name, urls.mongodbUrl), deleteFromBroker(name, urls)]);
}

async function dropDatabase(name: string, url: string): Promise<void> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 10_000 });
  try {
    await client.db(name).dropDatabase();
  } finally {
    await client.close();
  }
}

async function deleteFromBroker(name: string, urls: Urls): Promise<void> {
  const api = managementApi(urls.managementUrl ?? usualManagementUrl(urls.amqpUrl));
  for (const kind of ['queues', 'exchanges'] as const) {
    for (const found of await api.list(kind)) {
      if (found.name.startsWith(`${name}.`)) await api.remove(kind, found);
    }
  }
}

interface Named {
  readonly name: string;
  readonly vhost: string;
}

function managementApi(managementUrl: string) {
  const { origin, username, password } = new URL(managementUrl);
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const headers = { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
  const call = async (method: string, path: string): Promise<Response> => {
    const response = await fetch(`${origin}/api/${path}`, { method, headers });
    // What is gone already needs no deletion: queues expire, and the test may delete its own.
    if (!response.ok && !(method === 'DELETE' && response.status === 404)) {
      throw new Error(
        `${method} ${path} of the management API at ${origin} answers ${response.status}; is RABBITMQ_MANAGEMENT_URL right?`,
      );
    }
    return response;
  };
  return {
    async list(kind: 'queues' | 'exchanges'): Promise<readonly Named[]> {
      const found: unknown = await (await call('GET', kind)).json();
      return Array.isArray(found) ? found.filter(isNamed) : [];
    },
    async remove(kind: 'queues' | 'exchanges', { vhost, name }: Named): Promise<void> {
      await call('DELETE', `${kind}/${encodeURIComponent(vhost)}/${encodeURIComponent(name)}`);
    },
  };
}

function isNamed(value: unknown): value is Named {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'vhost' in value &&
    typeof value.vhost === 'string'
  );
}

/** Where RabbitMQ's management plugin listens unless told otherwise. */
function usualManagementUrl(amqpUrl: string): string {
  const url = new URL(amqpUrl);
  return `http://${url.username || 'guest'}:${url.password || 'guest'}@${url.hostname}:15672`;
}
