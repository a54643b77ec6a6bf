import type { IntentRecord } from '../intent-record.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';

export async function findIntents(
  commands: Commands,
  workflowIds: readonly string[],
  limit: number,
): Promise<readonly IntentRecord[]> {
  if (limit <= 0 || workflowIds.length === 0) return [];
  const filter = { workflowId: { $in: workflowIds } };
  const options = { sort: { requestedAt: -1 }, limit } as const;
  return await commands.readAll<IntentRecord>('find-intents', COLLECTIONS.intents, filter, options);
}
