import type { Inserted } from '../journal.ts';
import type { Snapshot } from '../records.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { insertAndRecognise, type Recognition } from './insert-and-recognise.ts';
import { type StoredSnapshot, toStoredSnapshot } from './stored-documents.ts';

const RECOGNITION: Recognition<StoredSnapshot> = {
  operation: 'insert-snapshots',
  collection: COLLECTIONS.snapshots,
  fields: ['attempt', 'worker', 'token'],
  isOwn: (snapshot, found) =>
    snapshot.attempt === found.attempt && snapshot.worker === found.worker && snapshot.token === found.token,
};

/** Decides steps. */
export const insertSnapshots = (commands: Commands, snapshots: readonly Snapshot[]): Promise<readonly Inserted[]> =>
  insertAndRecognise(commands, snapshots.map(toStoredSnapshot), RECOGNITION);
