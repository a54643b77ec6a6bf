import { isNativeError } from 'node:util/types';
import { MongoError } from 'mongodb';
import type { Commands, WriteError } from './commands.ts';
import { answerUnclear } from './failures.ts';

/** The server's code for a key that is taken. */
const DUPLICATE_KEY = 11_000;
/** The server's code for a command above 16 MiB; from 17 MiB on the driver's buffer ends first. */
const TOO_LARGE = 10_334;
const DRIVERS_BUFFER_FULL = 'ERR_OUT_OF_RANGE';

/**
 * Inserts documents, in any order among themselves. Of documents with one `_id` the first is inserted.
 * @returns the indexes of those whose key was taken, ascending
 * @throws Unavailable
 */
export async function insertDocuments(
  commands: Commands,
  operation: string,
  collection: string,
  documents: readonly object[],
): Promise<readonly number[]> {
  if (documents.length === 0) return [];
  try {
    const reply = await commands.write(operation, { insert: collection, documents, ordered: false });
    return reply.writeErrors === undefined ? [] : reply.writeErrors.map((error) => indexOfDuplicate(operation, error));
  } catch (error) {
    if (documents.length === 1 || !isTooLarge(error)) throw error;
  }
  // Rare (a batch of the largest documents), so it is noticed by failing rather than by measuring each batch.
  const half = Math.ceil(documents.length / 2);
  const first = await insertDocuments(commands, operation, collection, documents.slice(0, half));
  const second = await insertDocuments(commands, operation, collection, documents.slice(half));
  return [...first, ...second.map((index) => index + half)];
}

function indexOfDuplicate(operation: string, { index, code, errmsg }: WriteError): number {
  if (code !== DUPLICATE_KEY) throw answerUnclear(operation, errmsg);
  return index;
}

/** Nothing of such a command was executed. */
function isTooLarge(error: unknown): boolean {
  if (!isNativeError(error)) return false;
  if ('code' in error && error.code === DRIVERS_BUFFER_FULL) return true;
  return error.cause instanceof MongoError && error.cause.code === TOO_LARGE;
}
