import type { WaitKey } from '../journal.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { refuseErrors } from './write-errors.ts';

const OPERATION = 'close-waits';

/** A closed wait is in no index but its key. */
export async function closeWaits(commands: Commands, waits: readonly WaitKey[]): Promise<void> {
  if (waits.length === 0) return;
  const updates = waits.map(({ _id, attempt }) => ({ q: { _id, attempt }, u: { $set: { open: false } } }));
  refuseErrors(OPERATION, await commands.write(OPERATION, { update: COLLECTIONS.waits, updates, ordered: false }));
}
