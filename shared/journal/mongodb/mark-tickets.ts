import type { WaitKey } from '../journal.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { refuseErrors } from './write-errors.ts';

const OPERATION = 'mark-tickets';

export async function markTickets(
  commands: Commands,
  tickets: readonly (WaitKey & { readonly ticket: number })[],
): Promise<void> {
  if (tickets.length === 0) return;
  const updates = tickets.map(({ _id, attempt, ticket }) => ({
    q: { _id, attempt, ticket },
    u: { $set: { published: true } },
  }));
  refuseErrors(OPERATION, await commands.write(OPERATION, { update: COLLECTIONS.waits, updates, ordered: false }));
}
