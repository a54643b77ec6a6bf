import { MongoClient, MongoServerError } from 'mongodb';

const WITHIN_MS = 3_000;
const ALREADY_INITIALIZED = 23;
// Two seconds instead of ten: the engine's liveness timeout must exceed the database's failover.
const ELECTION_TIMEOUT_MS = 2_000;
const MAJORITY = { w: 'majority', wtimeoutMS: WITHIN_MS } as const;

/** The server that is meant, and the replica set of one node that it shall be. */
export interface OwnMongodb {
  /** Where it keeps its data, if that can be known: it tells our server from one that answers in its place. */
  readonly dataDirectory?: string;
  readonly replicaSet: string;
  /** The address that clients dial, by which the set names its member. */
  readonly host: string;
}

/**
 * Proves that our server takes a majority write; resolves to its version, rejects when it does not. A server that knows no
 * set yet is made one first, also after a start that was cut short.
 */
export async function probeMongodb(own: OwnMongodb): Promise<string> {
  return await withClient(`mongodb://${own.host}/?directConnection=true`, async (client) => {
    const admin = client.db('admin');
    if (own.dataDirectory !== undefined) {
      const found = dataDirectoryIn(await admin.command({ getCmdLineOpts: 1 }));
      if (found !== own.dataDirectory) throw new Error(`the server at ${own.host} is another one (its data: ${found})`);
    }
    const hello = await admin.command({ hello: 1 });
    if (hello['setName'] === undefined) await initiate(client, own);
    await client
      .db('conveyor-servers')
      .collection<{ _id: string; at: Date }>('probes')
      .updateOne({ _id: 'ready' }, { $set: { at: new Date() } }, { upsert: true, writeConcern: MAJORITY });
    return await versionOf(client);
  });
}

/** Proves that a server that is not ours answers and is what the engine needs; writes nothing. Resolves to its version. */
export async function probeForeignMongodb(url: string): Promise<string> {
  return await withClient(url, async (client) => {
    const hello = await client.db('admin').command({ hello: 1 });
    if (hello['setName'] === undefined && hello['msg'] !== 'isdbgrid') {
      throw new Error('it is a standalone server: start it with --replSet and initiate the set (one node is enough)');
    }
    return await versionOf(client);
  });
}

async function initiate(client: MongoClient, own: OwnMongodb): Promise<void> {
  const config = {
    _id: own.replicaSet,
    members: [{ _id: 0, host: own.host }],
    settings: { electionTimeoutMillis: ELECTION_TIMEOUT_MS },
  };
  try {
    await client.db('admin').command({ replSetInitiate: config });
  } catch (error) {
    if (!(error instanceof MongoServerError && error.code === ALREADY_INITIALIZED)) throw error;
  }
}

async function withClient<T>(url: string, work: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(url, {
    serverSelectionTimeoutMS: WITHIN_MS,
    connectTimeoutMS: WITHIN_MS,
    socketTimeoutMS: WITHIN_MS,
    // With retries a stopped server would hold each call for two socket timeouts.
    retryWrites: false,
    retryReads: false,
  });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

async function versionOf(client: MongoClient): Promise<string> {
  const info = await client.db('admin').command({ buildInfo: 1 });
  return typeof info['version'] === 'string' ? info['version'] : 'unknown';
}

function dataDirectoryIn(options: Record<string, unknown>): string | undefined {
  const path = ['parsed', 'storage', 'dbPath'].reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    options,
  );
  return typeof path === 'string' ? path : undefined;
}
