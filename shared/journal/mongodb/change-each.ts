import type { Document } from 'mongodb';
import type { Commands } from './commands.ts';
import { readByKey } from './read-by-key.ts';
import { refuseErrors } from './write-errors.ts';

/** A compare-and-set of one document. */
export interface Change<Stand> {
  readonly id: string;
  /** What must be true of it, beside its id. */
  readonly where: Document;
  /** What is true of it when the change has applied, and is written. */
  readonly set: Stand;
}

/**
 * Resolves to what stands of each document, changed or not, in the order given; null when there is none. The answer to a batch of updates
 * does not say which of them matched, only how many: unless that is all, what stands is read.
 * @param fields what is asked of each
 */
export async function changeEach<Stand extends object>(
  commands: Commands,
  operation: string,
  collection: string,
  changes: readonly Change<Stand>[],
  fields: readonly (keyof Stand & string)[],
): Promise<readonly (Stand | null)[]> {
  if (changes.length === 0) return [];
  const updates = changes.map(({ id, where, set }) => ({ q: { _id: id, ...where }, u: { $set: set } }));
  const reply = await commands.write(operation, { update: collection, updates, ordered: false });
  refuseErrors(operation, reply);
  if (reply.n === changes.length) return changes.map(({ set }) => set);
  const ids = changes.map(({ id }) => id);
  const found = await readByKey<Stand & { readonly _id: string }>(commands, operation, collection, ids, fields);
  return ids.map((id) => {
    const stands = found.get(id);
    return stands ? pick<Stand>(stands, fields) : null;
  });
}

const pick = <Stand extends object>(stands: Stand, fields: readonly (keyof Stand)[]): Stand =>
  // The fields of the type that the document has; those that it lacks are optional in it.
  Object.fromEntries(Object.entries(stands).filter(([field]) => fields.includes(field as keyof Stand))) as Stand;
