import { COLLECTIONS, keysBelow } from './collections.ts';
import type { Commands } from './commands.ts';

/** Without an index: one workflow has few snapshots, and they lie beside each other. */
export async function findUsedNotifications(
  commands: Commands,
  workflowId: string,
): Promise<ReadonlyMap<string, number>> {
  const filter = { _id: keysBelow(workflowId), notification: { $exists: true } };
  const options = { sort: { _id: 1 }, projection: { _id: 0, notification: 1, step: 1 } } as const;
  const found = await commands.readAll<{ readonly notification: string; readonly step: number }>(
    'find-used-notifications',
    COLLECTIONS.snapshots,
    filter,
    options,
  );
  return new Map(found.map(({ notification, step }) => [notification, step]));
}
