import type { Inserted } from '../journal.ts';
import { copy } from './copy.ts';

/** Inserts a copy, unless the key is taken by another's document. */
export function insert<T extends { readonly _id: string }>(
  into: Map<string, T>,
  record: T,
  isOwn: (found: T) => boolean,
): Inserted {
  const found = into.get(record._id);
  if (found) return isOwn(found) ? 'inserted' : 'duplicate';
  into.set(record._id, copy(record));
  return 'inserted';
}

/** Inserts a copy unless the key is taken. A copy of what stands then. */
export function insertOrFind<T extends { readonly _id: string }>(into: Map<string, T>, record: T): T {
  const stands = into.get(record._id) ?? copy(record);
  into.set(record._id, stands);
  return copy(stands);
}

/** Replaces the document where it is as `applies` says. A copy of what stands then; null when there is none. */
export function change<T>(
  map: Map<string, T>,
  id: string,
  applies: (found: T) => boolean,
  changed: (found: T) => T,
): T | null {
  const found = map.get(id);
  if (found === undefined) return null;
  const stands = applies(found) ? copy(changed(found)) : found;
  map.set(id, stands);
  return copy(stands);
}

/** Copies, by id. */
export const sorted = <T extends { readonly _id: string }>(records: ReadonlyMap<string, T>): T[] =>
  copy([...records.values()]).sort((a, b) => (a._id < b._id ? -1 : 1));

/** The first of these, as a database gives them: never fewer than none. */
export const atMost = <T>(records: readonly T[], limit: number): T[] => copy(records.slice(0, Math.max(0, limit)));

/** Compares by a time. */
export const byTime =
  <T>(timeOf: (record: T) => Date): ((a: T, b: T) => number) =>
  (a, b) =>
    timeOf(a).getTime() - timeOf(b).getTime();
