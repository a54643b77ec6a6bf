import type { IntentRecord } from '../intent-record.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';

export async function readIntent(commands: Commands, _id: string): Promise<IntentRecord | null> {
  const command = { find: COLLECTIONS.intents, filter: { _id }, limit: 1 };
  const [intent] = await commands.read<IntentRecord>('read-intent', command);
  return intent ?? null;
}
