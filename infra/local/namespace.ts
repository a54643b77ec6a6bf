// A line's traces on servers that others use, too: taken away by name, nothing else is touched.
import amqp from 'amqplib';
import { MongoClient } from 'mongodb';

const WITHIN_MS = 10_000;

export interface NamespaceTraces {
  readonly amqpUrl: string;
  readonly queues: readonly string[];
  readonly exchanges: readonly string[];
  readonly mongodbUrl: string;
  readonly database: string;
}

/** Deletes the queues, the exchanges and the database; what is gone already is no error. */
export async function removeTraces(traces: NamespaceTraces): Promise<void> {
  const results = await Promise.allSettled([deleteFromBroker(traces), dropDatabase(traces)]);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

async function deleteFromBroker({ amqpUrl, queues, exchanges }: NamespaceTraces): Promise<void> {
  const connection = await amqp.connect(amqpUrl, { timeout: WITHIN_MS });
  // Without a listener a reset would be an uncaught exception; the pending call rejects anyway.
  connection.on('error', () => undefined);
  try {
    const channel = await connection.createChannel();
    channel.on('error', () => undefined);
    for (const queue of queues) await channel.deleteQueue(queue);
    for (const exchange of exchanges) await channel.deleteExchange(exchange);
  } finally {
    // A connection that broke is closed already, and says so.
    await connection.close().catch(() => undefined);
  }
}

async function dropDatabase({ mongodbUrl, database }: NamespaceTraces): Promise<void> {
  const client = new MongoClient(mongodbUrl, { serverSelectionTimeoutMS: WITHIN_MS });
  try {
    await client.db(database).dropDatabase();
  } finally {
    await client.close();
  }
}

/**
 * The URL with another database in it: what the URL names belongs to somebody else. Credentials are still looked up where they were.
 * @param url `mongodb://` or `mongodb+srv://`, also with several hosts
 */
export function withDatabase(url: string, database: string): string {
  const match = /^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/.exec(url);
  const [, hosts = '', named = '', query = ''] = match ?? [];
  if (!match) throw new Error('MONGODB_URL is not a MongoDB URL');
  const parameters = new URLSearchParams(query);
  if (hosts.includes('@') && !parameters.has('authSource')) parameters.set('authSource', named || 'admin');
  const rest = parameters.toString();
  return `${hosts}/${database}${rest ? `?${rest}` : ''}`;
}
