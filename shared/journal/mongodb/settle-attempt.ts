import type { Attempt, Fate, Settlement } from '../records.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { answerUnclear } from './failures.ts';
import { refuseErrors } from './write-errors.ts';

const OPERATION = 'settle-attempt';

/** Sets the fate where there is none. What stands instead is read only when nothing was set; a fate never goes away. */
export async function settleAttempt(
  commands: Commands,
  attemptId: string,
  { at, ...fate }: Settlement,
): Promise<Fate | null> {
  const update = { q: { _id: attemptId, fate: null }, u: { $set: { ...fate, settledAt: at } } };
  const reply = await commands.write(OPERATION, { update: COLLECTIONS.attempts, updates: [update] });
  refuseErrors(OPERATION, reply);
  if (reply.n === 1) return fate.fate;
  const [attempt] = await commands.readBack<Attempt>(OPERATION, {
    find: COLLECTIONS.attempts,
    filter: { _id: attemptId },
    limit: 1,
  });
  if (!attempt) return null;
  // Inserted by another between the update and the read.
  if (attempt.fate === undefined) throw answerUnclear(OPERATION, 'the attempt has just come into being');
  return attempt.fate;
}
