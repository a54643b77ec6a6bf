import type { Json, JsonObject } from '../../core/json.ts';

/**
 * How a JSON object stands in a document: as it is, so that outside tools can read and query it, or as its JSON text where
 * BSON would not give it back as it was.
 */
export type StoredJson = JsonObject | string;

/** Servers refuse documents that nest deeper than 100 or 200 levels; nobody's data does. */
const DEPTH_MAX = 60;

export const toStoredJson = (value: JsonObject): StoredJson => (survives(value, 1) ? value : JSON.stringify(value));

export const fromStoredJson = (stored: StoredJson): JsonObject =>
  // The text was written by `toStoredJson`.
  typeof stored === 'string' ? (JSON.parse(stored) as JsonObject) : stored;

/**
 * Whether BSON gives the value back as it is. This runs for every document of the hot path: 1 µs per KiB.
 * A string with half a surrogate pair has no UTF-8, and does not survive.
 */
function survives(value: Json | undefined, depth: number): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  if (depth > DEPTH_MAX) return false;
  if (isArray(value)) {
    for (const item of value) if (!survives(item, depth + 1)) return false;
    return true;
  }
  for (const key of Object.keys(value)) {
    if (!isSafeKey(key) || !survives(value[key], depth + 1)) return false;
  }
  return true;
}

/**
 * Keys that BSON or the driver do not leave alone: a NUL ends a key; a leading `$` is refused by older servers, and `$ref` with
 * `$id` comes back as another type; `_bsontype` is taken as an instruction.
 */
const isSafeKey = (key: string): boolean =>
  !key.startsWith('$') && key !== '_bsontype' && !key.includes('\0') && key.isWellFormed();

/** `Array.isArray` does not narrow a readonly array. */
const isArray = (value: Json): value is readonly Json[] => Array.isArray(value);
