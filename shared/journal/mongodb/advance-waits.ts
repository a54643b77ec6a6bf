import type { WaitKey } from '../journal.ts';
import type { WaitRecord } from '../wait-records.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { readByKey } from './read-by-key.ts';
import { refuseErrors } from './write-errors.ts';

const OPERATION = 'advance-waits';

/** The answer to a batch of updates does not say which of them matched: what stands does. */
export async function advanceWaits(
  commands: Commands,
  polled: readonly (WaitKey & { readonly ticket: number; readonly due: Date })[],
): Promise<readonly (WaitRecord | null)[]> {
  if (polled.length === 0) return [];
  const updates = polled.map(({ _id, attempt, ticket, due }) => ({
    q: { _id, attempt, open: true, ticket },
    u: { $set: { ticket: ticket + 1, due, published: false }, $inc: { polls: 1 } },
  }));
  refuseErrors(OPERATION, await commands.write(OPERATION, { update: COLLECTIONS.waits, updates, ordered: false }));
  const ids = polled.map(({ _id }) => _id);
  const found = await readByKey<WaitRecord>(commands, OPERATION, COLLECTIONS.waits, ids);
  return ids.map((id) => found.get(id) ?? null);
}
