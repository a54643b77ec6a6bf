import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { refuseErrors } from './write-errors.ts';

const OPERATION = 'leave-worker';

/** A recorded death stays: others act on it. */
export async function leaveWorker(commands: Commands, workerId: string): Promise<void> {
  const removal = { q: { _id: workerId, state: 'alive' }, limit: 1 };
  refuseErrors(OPERATION, await commands.write(OPERATION, { delete: COLLECTIONS.workers, deletes: [removal] }));
}
