import type { IntentRecord } from '../intent-record.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';

/** Asked by every process with every heartbeat; the index has nothing but what is asked for. */
export async function openIntents(commands: Commands, limit: number): Promise<readonly IntentRecord[]> {
  if (limit <= 0) return [];
  return await commands.read<IntentRecord>('open-intents', {
    find: COLLECTIONS.intents,
    filter: { state: 'open' },
    sort: { requestedAt: 1 },
    limit,
    batchSize: limit,
    singleBatch: true,
    hint: 'open',
  });
}
