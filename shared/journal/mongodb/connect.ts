import { MongoClient, MongoServerError } from 'mongodb';
import type { Clock } from '../../core/clock.ts';
import { Fatal } from '../../core/errors.ts';
import { cutText } from '../../core/limits.ts';
import { clientOptions, HEARTBEAT_TIMEOUT_MS, OPERATION_TIMEOUT_MS } from './client-options.ts';
import { Commands } from './commands.ts';
import { Deadlines } from './deadlines.ts';
import { readFailed } from './failures.ts';
import { type MongoJournal, mongoJournal } from './mongo-journal.ts';
import { prepareSchema } from './prepare-schema.ts';
import { verifyServer } from './verify-server.ts';

export interface MongoJournalOptions {
  /** MONGODB_URL. */
  readonly url: string;
  /** CONVEYOR_NAMESPACE: the database, when the URL names none. */
  readonly namespace: string;
  /** Bounds the operations; the journal's own times are the server's. */
  readonly clock: Clock;
  /** Every operation has ended after this and a quarter of a second. Default 5 s; a heartbeat's operations 2 s at most. */
  readonly operationTimeoutMs?: number;
}

const AUTHENTICATION_FAILED = 18;
const VARIABLE = 'MONGODB_URL';

/**
 * Connects to the journal in MongoDB, and prepares its database when it is the first to come.
 * @throws Unavailable `journal-unavailable`: nobody answered within 2 s
 * @throws Fatal `config-invalid`, `journal-standalone`, `schema-newer`
 */
export async function connectMongoJournal(options: MongoJournalOptions): Promise<MongoJournal> {
  const { url, namespace, clock, operationTimeoutMs = OPERATION_TIMEOUT_MS } = options;
  const { client, database } = open(url, namespace, operationTimeoutMs);
  const bounded = (timeoutMs: number) => {
    const deadlines = new Deadlines(clock, timeoutMs);
    return { deadlines, commands: new Commands({ client, database, deadlines, timeoutMs }) };
  };
  const { commands, deadlines } = bounded(operationTimeoutMs);
  const heartbeats = bounded(Math.min(HEARTBEAT_TIMEOUT_MS, operationTimeoutMs));
  const end = async (): Promise<void> => {
    deadlines.close();
    heartbeats.deadlines.close();
    await client.close();
  };
  try {
    await dial(client);
    await verifyServer(commands);
    await prepareSchema(commands);
  } catch (error) {
    await end();
    throw error;
  }
  return mongoJournal({ commands, heartbeats: heartbeats.commands, end });
}

function open(url: string, namespace: string, operationTimeoutMs: number): { client: MongoClient; database: string } {
  try {
    const client = new MongoClient(url, clientOptions(`conveyor ${namespace}`, operationTimeoutMs));
    return { client, database: client.db(databaseOf(url) ?? namespace).databaseName };
  } catch (error) {
    // The driver and its parser throw classes of their own about what is wrong with a URL; none repeats credentials.
    if (error instanceof Error) throw urlInvalid(error.message, error);
    throw error;
  }
}

async function dial(client: MongoClient): Promise<void> {
  try {
    await client.connect();
  } catch (error) {
    if (error instanceof MongoServerError && error.code === AUTHENTICATION_FAILED) {
      throw urlInvalid('the server refuses the credentials', error);
    }
    throw readFailed('connect', error);
  }
}

const urlInvalid = (problem: string, cause: Error): Fatal =>
  new Fatal('config-invalid', { variable: VARIABLE, problem: cutText(problem) }, { cause });

/** The database that a URL names: the driver would use "test" when it names none. */
function databaseOf(url: string): string | undefined {
  const name = /^[^/]*\/\/[^/?]*\/([^?]+)/.exec(url)?.[1];
  return name === undefined ? undefined : decodeURIComponent(name);
}
