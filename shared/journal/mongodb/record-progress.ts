import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { refuseErrors } from './write-errors.ts';

const OPERATION = 'record-progress';

export async function recordProgress(commands: Commands, action: string, sentAt: Date): Promise<void> {
  const update = { q: { _id: action }, u: { $max: { progress: sentAt } } };
  refuseErrors(OPERATION, await commands.write(OPERATION, { update: COLLECTIONS.stations, updates: [update] }));
}
