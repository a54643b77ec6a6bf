import type { Document } from 'mongodb';
import { unreachable } from '../../core/unreachable.ts';
import type { HeadChange } from '../journal.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { refuseErrors } from './write-errors.ts';

const OPERATION = 'change-heads';

/** The filters carry the rules: what cannot be true of a head does not match it. */
export async function changeHeads(commands: Commands, changes: readonly HeadChange[]): Promise<void> {
  if (changes.length === 0) return;
  const command = { update: COLLECTIONS.heads, updates: changes.map(toUpdate), ordered: false };
  refuseErrors(OPERATION, await commands.write(OPERATION, command));
}

function toUpdate(change: HeadChange): { readonly q: Document; readonly u: Document } {
  const _id = change.workflowId;
  switch (change.kind) {
    case 'ended':
      // Nothing else in the filter: one condition more makes the server plan a query, and this is done for every workflow.
      return { q: { _id }, u: { $set: { status: change.status, endedAt: change.at }, $unset: { parked: '' } } };
    case 'parked': {
      const earlier = { status: 'parked', 'parked.step': { $lte: change.parked.step } };
      return {
        q: { _id, $or: [{ status: 'running' }, earlier] },
        u: { $set: { status: 'parked', parked: change.parked } },
      };
    }
    case 'resumed':
      return {
        q: { _id, status: 'parked', 'parked.step': change.step },
        u: { $set: { status: 'running' }, $unset: { parked: '' } },
      };
    default:
      return unreachable(change);
  }
}
