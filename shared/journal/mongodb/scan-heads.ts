import type { HeadPage, HeadScan } from '../journal.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { fromStoredHead, type StoredHead } from './stored-documents.ts';

const OPERATION = 'scan-heads';
const IN_ORDER = { sort: { startedAt: 1 }, hint: 'started' } as const;

/**
 * Along the index of the start, which is nearly the order in which the documents lie. First only the index is asked where the page
 * ends, so that a page costs the same whether many or none of its heads are meant.
 */
export async function scanHeads(commands: Commands, scan: HeadScan, limit: number): Promise<HeadPage> {
  const { statuses, startedBefore, endedBefore, from } = scan;
  const startedAt = { $lt: startedBefore, ...(from && { $gte: from }) };
  const [end] = await commands.read<Pick<StoredHead, 'startedAt'>>(OPERATION, {
    find: COLLECTIONS.heads,
    filter: { startedAt },
    projection: { _id: 0, startedAt: 1 },
    skip: Math.max(1, limit) - 1,
    limit: 1,
    ...IN_ORDER,
  });
  const filter = {
    startedAt: { ...startedAt, ...(end && { $lte: end.startedAt }) },
    status: { $in: statuses },
    ...(endedBefore && { endedAt: { $lt: endedBefore } }),
  };
  const found = await commands.readAll<StoredHead>(OPERATION, COLLECTIONS.heads, filter, IN_ORDER);
  const heads = found.map(fromStoredHead);
  return end ? { heads, next: new Date(end.startedAt.getTime() + 1) } : { heads };
}
