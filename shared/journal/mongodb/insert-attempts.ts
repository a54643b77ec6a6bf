import type { Inserted } from '../journal.ts';
import type { Attempt } from '../records.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { insertAndRecognise, type Recognition } from './insert-and-recognise.ts';
import { type StoredAttempt, toStoredAttempt } from './stored-documents.ts';

const RECOGNITION: Recognition<StoredAttempt> = {
  operation: 'insert-attempts',
  collection: COLLECTIONS.attempts,
  fields: ['token'],
  isOwn: (attempt, found) => attempt.token === found.token,
};

/** Claims steps. */
export const insertAttempts = (commands: Commands, attempts: readonly Attempt[]): Promise<readonly Inserted[]> =>
  insertAndRecognise(commands, attempts.map(toStoredAttempt), RECOGNITION);
