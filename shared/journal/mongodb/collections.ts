/** Raised when documents change in a way that an older build would misread. */
export const SCHEMA_VERSION = 1;

/**
 * Outside tools may read the first three; records.ts describes them. On a sharded cluster these three are sharded by the hash of
 * `workflowId`: every key begins with it, so that equal keys meet on one shard, whose index decides between them.
 */
export const COLLECTIONS = {
  heads: 'workflows',
  attempts: 'attempts',
  snapshots: 'snapshots',
  workers: 'workers',
  definitions: 'definitions',
  stations: 'stations',
  meta: 'meta',
} as const;

export interface Index {
  readonly name: string;
  readonly key: Readonly<Record<string, 1 | -1>>;
  readonly sparse?: true;
}

/**
 * Attempts and snapshots have no index but their key: they are inserted on the hot path, and all that is asked of them is a
 * key or a range of keys.
 *
 * No index holds a head's `status`: the end of every workflow would have to move an entry, which costs a third as much again. Running
 * workflows are among the newest, and parked ones are found by `parked`, which few heads have.
 */
export const HEAD_INDEXES: readonly Index[] = [
  { name: 'business-key', key: { businessKey: 1, startedAt: -1 } },
  { name: 'workflow', key: { workflow: 1, startedAt: -1 } },
  { name: 'started', key: { startedAt: -1 } },
  { name: 'parked', key: { 'parked.at': -1 }, sparse: true },
];

interface KeyRange {
  readonly $gt: string;
  readonly $lt: string;
}

// "0" is the character after "/".

/** The keys that begin with this and a slash. */
export const keysBelow = (prefix: string): KeyRange => keysBetween(prefix, prefix);

/** The keys that begin with a text from `first` to `last`, and a slash. */
export const keysBetween = (first: string, last: string): KeyRange => ({ $gt: `${first}/`, $lt: `${last}0` });
