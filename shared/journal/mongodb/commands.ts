import type { Db, Document, MongoClient, Sort } from 'mongodb';
import { BSON_OPTIONS } from './client-options.ts';
import { COLLECTIONS } from './collections.ts';
import type { Deadlines } from './deadlines.ts';
import { outcomeUnknown, readFailed, writeFailed } from './failures.ts';

/**
 * Every write waits for a majority, and for the disks of that majority. The server waits even when it has written nothing:
 * "duplicate" and "nothing matched" are answered when what they rest on is on a majority, too.
 */
const MAJORITY_WRITE = { w: 'majority', j: true } as const;

/** A write that matches nothing and waits for the disk: it makes the server flush its log. */
const FLUSH = {
  update: COLLECTIONS.meta,
  updates: [{ q: { _id: 'nothing' }, u: { $set: { flushed: true } } }],
  writeConcern: MAJORITY_WRITE,
};

/** The answer to an insert, update or delete, as far as anybody here asks. */
export interface WriteReply {
  /** Documents inserted, matched or deleted. */
  readonly n: number;
  /** By item of the batch; absent when all went well. */
  readonly writeErrors?: readonly WriteError[];
}

export interface WriteError {
  readonly index: number;
  readonly code: number;
  readonly errmsg: string;
}

/** The answer to what opens a cursor. */
interface CursorReply<T> {
  readonly cursor: { readonly firstBatch: readonly T[] };
}

export interface ReadAllOptions {
  readonly sort: Sort;
  readonly limit?: number;
  readonly hint?: string;
  readonly projection?: Document;
}

export interface CommandsOptions {
  readonly client: MongoClient;
  readonly database: string;
  /** Bound each command's time. */
  readonly deadlines: Deadlines;
  /** The same bound, for the server. */
  readonly timeoutMs: number;
}

/**
 * What all operations share: sends commands, bounds them in time, turns their failures into the port's errors. Commands are
 * sent as they are, past the driver's collections: that saves a good part of the time of a small one, and nothing is
 * repeated in secret.
 *
 * `operation` is the name that errors say.
 */
export class Commands {
  readonly #database: Db;
  readonly #admin: Db;
  readonly #deadlines: Deadlines;
  readonly #timeoutMs: number;
  /** Linearizable reads under way. */
  #linearizing = 0;
  #isFlushing = false;

  constructor({ client, database, deadlines, timeoutMs }: CommandsOptions) {
    this.#database = client.db(database);
    this.#admin = client.db('admin');
    this.#deadlines = deadlines;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Durable on a majority when it resolves.
   * @throws Unavailable `journal-unavailable`: nothing was written · `journal-unknown`: nothing, all, or a part was
   */
  async write(operation: string, command: Document): Promise<WriteReply> {
    try {
      const reply = await this.#send({ ...command, writeConcern: MAJORITY_WRITE });
      // The server's protocol.
      return reply as unknown as WriteReply;
    } catch (error) {
      throw writeFailed(operation, error);
    }
  }

  /** What a majority has. The documents of one reply: for results that are small. @throws Unavailable `journal-unavailable` */
  async read<T>(operation: string, command: Document): Promise<readonly T[]> {
    try {
      return await this.#find(command, 'majority');
    } catch (error) {
      throw readFailed(operation, error);
    }
  }

  /**
   * Misses nothing that was acknowledged before, even when this primary has lost its majority. For one document by its key,
   * and as slow as two writes. @throws Unavailable `journal-unavailable`
   */
  async readLinearizable<T>(operation: string, command: Document): Promise<readonly T[]> {
    this.#linearizing += 1;
    try {
      const reading = this.#find<T>(command, 'linearizable');
      this.#hasten();
      return await reading;
    } catch (error) {
      throw readFailed(operation, error);
    } finally {
      this.#linearizing -= 1;
    }
  }

  /**
   * On a quiet server a linearizable read waits for the next flush of the log, up to 100 ms. Flushes one after the other make that 2 ms (the
   * first may come before what it shall flush, the second cannot), and all reads that wait at the same time share them. One that fails is
   * told by the reads: they wait for the same server.
   */
  #hasten(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    const flush = async (): Promise<void> => {
      try {
        while (this.#linearizing > 0) await this.#send(FLUSH);
      } finally {
        this.#isFlushing = false;
      }
    };
    flush().catch(() => {});
  }

  /** A read on which the outcome of a write depends: when it fails, that is unknown. @throws Unavailable `journal-unknown` */
  async readBack<T>(operation: string, command: Document): Promise<readonly T[]> {
    try {
      return await this.#find(command, 'majority');
    } catch (error) {
      throw outcomeUnknown(operation, error);
    }
  }

  /** All documents of a filter, in as many replies as it takes. @throws Unavailable `journal-unavailable` */
  async readAll<T>(operation: string, collection: string, filter: Document, options: ReadAllOptions): Promise<T[]> {
    const bounds = { maxTimeMS: this.#timeoutMs, signal: this.#deadlines.signal() };
    try {
      const found = this.#database.collection(collection).find(filter, { ...options, ...bounds });
      // This adapter alone writes the journal, from the types of the port.
      return (await found.toArray()) as unknown as T[];
    } catch (error) {
      throw readFailed(operation, error);
    }
  }

  /** Asks the server something about itself. @throws Unavailable `journal-unavailable`, caused by what it answered */
  async ask(operation: string, command: Document): Promise<Document> {
    try {
      return await this.#send(command, this.#admin);
    } catch (error) {
      throw readFailed(operation, error);
    }
  }

  async #find<T>(command: Document, level: 'majority' | 'linearizable'): Promise<readonly T[]> {
    const reply = await this.#send({ ...command, readConcern: { level }, maxTimeMS: this.#timeoutMs });
    // The server's protocol around documents that this adapter alone writes, from the types of the port.
    return (reply as unknown as CursorReply<T>).cursor.firstBatch;
  }

  async #send(command: Document, database = this.#database): Promise<Document> {
    return await database.command(command, { ...BSON_OPTIONS, signal: this.#deadlines.signal() });
  }
}
