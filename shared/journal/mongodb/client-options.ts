import type { MongoClientOptions } from 'mongodb';

/** How long an operation may take when nothing else is said, milliseconds. */
export const OPERATION_TIMEOUT_MS = 5_000;

/** A heartbeat's operations: shorter, so that a worker on a dead connection has time to try another within LIVENESS_TIMEOUT. */
export const HEARTBEAT_TIMEOUT_MS = 2_000;

/** An absent server is told of after this, milliseconds. */
const SERVER_SELECTION_TIMEOUT_MS = 2_000;

/**
 * The driver looks up in this whether the items of an array shall stay bytes, and finds `constructor` and the like in a plain
 * object: arrays of data under such keys would come back as bytes.
 */
const NO_FIELDS: Readonly<Record<string, boolean>> = Object.freeze(Object.create(null));

/**
 * How documents cross the wire. Commands do not inherit these from the client, so they are passed with each.
 * Text that this adapter reads was written through it or by a driver, and is valid UTF-8: checking it again costs time.
 */
export const BSON_OPTIONS = {
  fieldsAsRaw: NO_FIELDS,
  ignoreUndefined: true,
  serializeFunctions: false,
  promoteValues: true,
  promoteLongs: true,
  promoteBuffers: false,
  bsonRegExp: false,
  enableUtf8Validation: false,
} as const;

/**
 * Every option that matters, said rather than left to a default. What the URL says beyond these (hosts, credentials, TLS, `authSource`)
 * is taken from it.
 */
export function clientOptions(appName: string, operationTimeoutMs: number): MongoClientOptions {
  return {
    ...BSON_OPTIONS,
    appName,
    // Repetition is ours: an operation whose outcome is unknown is done again by the caller, who knows when to stop.
    retryWrites: false,
    retryReads: false,
    writeConcern: { w: 'majority', journal: true },
    readConcern: { level: 'majority' },
    readPreference: 'primary',
    compressors: ['none'],
    monitorCommands: false,
    noDelay: true,
    // The hot path keeps eight inserts on their way at most; the rest is for reads and the heartbeat.
    maxPoolSize: 16,
    minPoolSize: 1,
    maxIdleTimeMS: 60_000,
    serverSelectionTimeoutMS: Math.min(SERVER_SELECTION_TIMEOUT_MS, operationTimeoutMs),
    connectTimeoutMS: Math.min(SERVER_SELECTION_TIMEOUT_MS, operationTimeoutMs),
    heartbeatFrequencyMS: 1_000,
    // A net for what carries no signal (the end of sessions and cursors): a stalled socket would hold it for ever.
    socketTimeoutMS: 2 * operationTimeoutMs,
  };
}
