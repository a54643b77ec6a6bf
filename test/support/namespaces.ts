// What a line leaves on the servers, and how to take it away again.
import { MongoClient } from 'mongodb';
import type { RunningServers } from '../../infra/local/servers.ts';

/** Where the servers are. */
export type Urls = Omit<RunningServers, 'startedByUs'>;

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
