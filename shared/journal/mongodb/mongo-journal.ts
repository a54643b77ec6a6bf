import { Fatal } from '../../core/errors.ts';
import type { Journal } from '../journal.ts';
import { electionTimeoutMs } from './election-timeout.ts';
import { headOperations } from './head-operations.ts';
import { intentOperations } from './intent-operations.ts';
import { notificationOperations } from './notification-operations.ts';
import type { Connection, Operate } from './operate.ts';
import { ping } from './ping.ts';
import { registryOperations } from './registry-operations.ts';
import { stepOperations } from './step-operations.ts';
import { waitOperations } from './wait-operations.ts';
import { workerOperations } from './worker-operations.ts';

/** The journal in MongoDB. Each method is an operation of the same name, in a file of its own. `connectMongoJournal` makes one. */
export interface MongoJournal extends Journal {
  /**
   * How long the replica set waits for a silent primary before it elects another, milliseconds; null when this user may not know. Not
   * of the port: LIVENESS_TIMEOUT is compared with it at start-up.
   */
  electionTimeoutMs(): Promise<number | null>;
}

export function mongoJournal(connection: Connection): MongoJournal {
  const underWay = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;

  const operate: Operate = async (operation) => {
    if (closing) throw new Fatal('stopped', { what: 'The journal' });
    const working = operation(connection);
    underWay.add(working);
    try {
      return await working;
    } finally {
      underWay.delete(working);
    }
  };
  /** What is under way ends by itself, in bounded time. */
  const end = async (): Promise<void> => {
    await Promise.allSettled(underWay);
    await connection.end();
  };

  return {
    ...headOperations(operate),
    ...stepOperations(operate),
    ...waitOperations(operate),
    ...notificationOperations(operate),
    ...intentOperations(operate),
    ...workerOperations(operate),
    ...registryOperations(operate),
    ping: () => operate(({ commands }) => ping(commands)),
    electionTimeoutMs: () => operate(({ commands }) => electionTimeoutMs(commands)),
    close: () => {
      closing ??= end();
      return closing;
    },
  };
}
