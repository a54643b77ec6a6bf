import type { Document } from 'mongodb';
import type { Redriven } from '../records.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { refuseErrors } from './write-errors.ts';

const OPERATION = 'mark-redriven';

/** The own mark matches, too: whoever did not hear the answer repeats the call. */
export async function markRedriven(
  commands: Commands,
  workflowId: string,
  asRead: Redriven | undefined,
  mark: Redriven,
): Promise<boolean> {
  const q = { _id: workflowId, endedAt: { $exists: false }, $or: [stands(asRead), stands(mark)] };
  const reply = await commands.write(OPERATION, {
    update: COLLECTIONS.heads,
    updates: [{ q, u: { $set: { redriven: mark } } }],
  });
  refuseErrors(OPERATION, reply);
  return reply.n === 1;
}

const stands = (redriven: Redriven | undefined): Document =>
  redriven ? { 'redriven.at': redriven.at, 'redriven.by': redriven.by } : { redriven: { $exists: false } };
