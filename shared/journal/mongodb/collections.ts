/** Raised when documents change in a way that an older build would misread. */
export const SCHEMA_VERSION = 2;

/**
 * Outside tools may read the first three; records.ts describes them. On a sharded cluster these three are sharded by the hash of
 * `workflowId`: every key begins with it, so that equal keys meet on one shard, whose index decides between them.
 */
export const COLLECTIONS = {
  heads: 'workflows',
  attempts: 'attempts',
  snapshots: 'snapshots',
  waits: 'waits',
  notifications: 'notifications',
  intents: 'intents',
  workers: 'workers',
  definitions: 'definitions',
  stations: 'stations',
  meta: 'meta',
} as const;

export interface Index {
  readonly name: string;
  readonly key: Readonly<Record<string, 1 | -1>>;
  readonly sparse?: true;
  readonly partialFilterExpression?: Readonly<Record<string, unknown>>;
}

/**
 * No index holds a head's `status`: the end of every workflow would have to move an entry, which costs a third as much again. Running
 * workflows are among the newest, and parked ones are found by `parked`, which few heads have.
 */
const HEAD_INDEXES: readonly Index[] = [
  { name: 'business-key', key: { businessKey: 1, startedAt: -1 } },
  { name: 'workflow', key: { workflow: 1, startedAt: -1 } },
  { name: 'started', key: { startedAt: -1 } },
  { name: 'parked', key: { 'parked.at': -1 }, sparse: true },
  // Only what has a deadline and has not ended: the next one to pass is the first entry.
  { name: 'deadline', key: { deadline: 1 }, sparse: true },
];

/** A wait leaves both when it is closed, so that they are as large as what is pending. */
const WAIT_INDEXES: readonly Index[] = [
  // What is overdue, in pages. With `open` in the key it alone says how many there are.
  { name: 'due', key: { open: 1, due: 1, _id: 1 }, partialFilterExpression: { open: true } },
  // What a notification under a business key completes, or nearly: the same key, another name.
  {
    name: 'notification',
    key: { businessKey: 1, notification: 1 },
    partialFilterExpression: { open: true, notification: { $exists: true } },
  },
];

const NOTIFICATION_INDEXES: readonly Index[] = [
  // What a wait looks for when it begins, one for each way to say whom a notification is for.
  {
    name: 'business-key',
    key: { businessKey: 1, name: 1 },
    partialFilterExpression: { businessKey: { $exists: true } },
  },
  { name: 'workflow-id', key: { workflowId: 1 }, sparse: true },
  // What is too old.
  { name: 'received', key: { receivedAt: 1 } },
  // What nobody waits for, for people: few among the many that were used.
  { name: 'kept', key: { receivedAt: -1 }, partialFilterExpression: { state: 'kept' } },
];

const INTENT_INDEXES: readonly Index[] = [
  // Read by every worker every second; most of the time it is empty.
  { name: 'open', key: { requestedAt: 1 }, partialFilterExpression: { state: 'open' } },
  // The requests for one workflow: to show them, and to remove them with it.
  { name: 'workflow-id', key: { workflowId: 1, requestedAt: -1 } },
];

/**
 * Attempts and snapshots have no index but their key: they are inserted on the hot path, and all that is asked of them is a
 * key or a range of keys. A head that has neither a deadline nor a parking is in three.
 */
export const INDEXES: ReadonlyMap<string, readonly Index[]> = new Map([
  [COLLECTIONS.heads, HEAD_INDEXES],
  [COLLECTIONS.waits, WAIT_INDEXES],
  [COLLECTIONS.notifications, NOTIFICATION_INDEXES],
  [COLLECTIONS.intents, INTENT_INDEXES],
]);

interface KeyRange {
  readonly $gt: string;
  readonly $lt: string;
}

// "0" is the character after "/".

/** The keys that begin with this and a slash. */
export const keysBelow = (prefix: string): KeyRange => keysBetween(prefix, prefix);

/** The keys that begin with a text from `first` to `last`, and a slash. */
export const keysBetween = (first: string, last: string): KeyRange => ({ $gt: `${first}/`, $lt: `${last}0` });
