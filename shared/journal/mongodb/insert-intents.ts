import type { IntentRecord } from '../intent-record.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { insertOrRead } from './insert-or-read.ts';

/**
 * Also an insert that finds its key taken waits for a majority: whoever reads afterwards, reads from a server that was the primary
 * a moment ago.
 */
export const insertIntents = (commands: Commands, intents: readonly IntentRecord[]): Promise<readonly IntentRecord[]> =>
  insertOrRead(commands, 'insert-intents', COLLECTIONS.intents, intents);
