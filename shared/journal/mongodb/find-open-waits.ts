import type { WaitFilter } from '../journal.ts';
import type { WaitRecord } from '../wait-records.ts';
import { COLLECTIONS, keysBelow } from './collections.ts';
import type { Commands } from './commands.ts';

const OPERATION = 'find-open-waits';

export async function findOpenWaits(
  commands: Commands,
  filter: WaitFilter,
  limit: number,
): Promise<readonly WaitRecord[]> {
  if (limit <= 0) return [];
  const options = { sort: { _id: 1 }, limit } as const;
  if ('workflowId' in filter) {
    const ofWorkflow = { _id: keysBelow(filter.workflowId), open: true };
    return await commands.readAll<WaitRecord>(OPERATION, COLLECTIONS.waits, ofWorkflow, options);
  }
  const underKey = { ...filter, open: true, notification: filter.notification ?? { $exists: true } };
  return await commands.readAll<WaitRecord>(OPERATION, COLLECTIONS.waits, underKey, {
    ...options,
    hint: 'notification',
  });
}
