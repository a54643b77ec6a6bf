import { MongoError, MongoNotConnectedError, MongoServerClosedError, MongoServerSelectionError } from 'mongodb';
import { Unavailable } from '../../core/errors.ts';
import { cutText } from '../../core/limits.ts';

/**
 * Errors that the driver raises before a command is on its way. They are not exported, so they go by their name. (The error that
 * interrupts a command under way derives from the second one, and has another name.)
 */
const UNSENT_NAMES = new Set(['MongoWaitQueueTimeoutError', 'MongoPoolClearedError', 'MongoPoolClosedError']);

/**
 * Whether a command certainly had no effect. Everything else is unknown, also what the server itself reports: a primary that steps
 * down answers "not primary" for a batch of which it has inserted a part.
 */
const hadNoEffect = (error: Error): boolean =>
  error instanceof MongoServerSelectionError ||
  error instanceof MongoServerClosedError ||
  error instanceof MongoNotConnectedError ||
  UNSENT_NAMES.has(error.name) ||
  (error instanceof MongoError && error.hasErrorLabel('NoWritesPerformed'));

/** The driver's errors, and the reason of an aborted signal, which it passes on as it is. */
const isServersFault = (error: unknown): error is Error =>
  error instanceof MongoError || (error instanceof DOMException && error.name === 'TimeoutError');

/** The port's error for a write that failed. @throws what is not a server's fault, as it came: a mistake in here */
export function writeFailed(operation: string, error: unknown): Unavailable {
  if (!isServersFault(error)) throw error;
  return unavailable(hadNoEffect(error) ? 'journal-unavailable' : 'journal-unknown', operation, error);
}

/** The port's error for a read that failed. @throws what is not a server's fault, as it came */
export function readFailed(operation: string, error: unknown): Unavailable {
  if (!isServersFault(error)) throw error;
  return unavailable('journal-unavailable', operation, error);
}

/** The port's error for a write of which a part was done, or may have been, when something failed. @throws as above */
export function outcomeUnknown(operation: string, error: unknown): Unavailable {
  if (!isServersFault(error)) throw error;
  return unavailable('journal-unknown', operation, error);
}

/** The same for a write that the server answered, but not with an outcome. */
export const answerUnclear = (operation: string, problem: string): Unavailable =>
  new Unavailable('journal-unknown', { operation, problem: cutText(problem) });

const unavailable = (code: 'journal-unavailable' | 'journal-unknown', operation: string, cause: Error): Unavailable =>
  new Unavailable(code, { operation, problem: cutText(cause.message) }, { cause });
