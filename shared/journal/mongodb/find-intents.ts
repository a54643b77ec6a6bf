import type { IntentRecord } from '../intent-record.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';

export async function findIntents(
  commands: Commands,
  workflowId: string,
  limit: number,
): Promise<readonly IntentRecord[]> {
  if (limit <= 0) return [];
  const options = { sort: { requestedAt: -1 }, limit } as const;
  return await commands.readAll<IntentRecord>('find-intents', COLLECTIONS.intents, { workflowId }, options);
}
