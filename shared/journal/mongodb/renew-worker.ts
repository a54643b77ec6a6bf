import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { refuseErrors } from './write-errors.ts';

const OPERATION = 'renew-worker';

/** The time is the server's: it is the server's that the others judge it by. */
export async function renewWorker(commands: Commands, workerId: string, intents: readonly string[]): Promise<boolean> {
  const u = { $set: { intents }, $currentDate: { renewedAt: true } };
  const update = { q: { _id: workerId, state: 'alive' }, u };
  const reply = await commands.write(OPERATION, { update: COLLECTIONS.workers, updates: [update] });
  refuseErrors(OPERATION, reply);
  return reply.n === 1;
}
