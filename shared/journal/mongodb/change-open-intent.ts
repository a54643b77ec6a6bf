import type { IntentRecord } from '../intent-record.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { readByKey } from './read-by-key.ts';
import { refuseErrors } from './write-errors.ts';

/** Which intent, and the state that the change rests on. */
export interface OpenIntent {
  readonly id: string;
  readonly atAsRead: number;
}

/** Changes it while it is open at that step. Resolves to the intent as it stands then, changed or not. */
export async function changeOpenIntent(
  commands: Commands,
  operation: string,
  { id, atAsRead }: OpenIntent,
  fields: Partial<IntentRecord>,
): Promise<IntentRecord | null> {
  const updates = [{ q: { _id: id, state: 'open', at: atAsRead }, u: { $set: fields } }];
  refuseErrors(operation, await commands.write(operation, { update: COLLECTIONS.intents, updates }));
  const found = await readByKey<IntentRecord>(commands, operation, COLLECTIONS.intents, [id]);
  return found.get(id) ?? null;
}
