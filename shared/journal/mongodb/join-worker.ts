import { Fatal } from '../../core/errors.ts';
import type { WorkerRecord } from '../records.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { answerUnclear } from './failures.ts';

const OPERATION = 'join-worker';
const DUPLICATE_KEY = 11_000;

/** Of a recorded death the filter finds nothing, and the insert that follows finds the key taken. */
export async function joinWorker(
  commands: Commands,
  { _id, ...record }: WorkerRecord,
  intents: readonly string[],
): Promise<void> {
  const update = {
    q: { _id, state: { $ne: 'dead' } },
    u: { $set: { ...record, intents, state: 'alive' }, $currentDate: { renewedAt: true } },
    upsert: true,
  };
  const reply = await commands.write(OPERATION, { update: COLLECTIONS.workers, updates: [update] });
  const error = reply.writeErrors?.[0];
  if (error?.code === DUPLICATE_KEY) throw new Fatal('worker-dead', { worker: _id });
  if (error) throw answerUnclear(OPERATION, error.errmsg);
}
