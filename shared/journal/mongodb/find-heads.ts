import type { Document } from 'mongodb';
import type { HeadFilter } from '../journal.ts';
import type { Head } from '../records.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { fromStoredHead, type StoredHead } from './stored-documents.ts';

/** Newest first. Read in the order of an index; only the parked ones, which are few, are gathered and sorted. */
export async function findHeads(commands: Commands, filter: HeadFilter, limit: number): Promise<readonly Head[]> {
  if (limit <= 0) return [];
  const onlyParked = filter.status === 'parked' && filter.businessKey === undefined;
  const query: Document = onlyParked ? { ...filter, 'parked.at': { $exists: true } } : filter;
  const hint = onlyParked ? { hint: 'parked' } : {};
  const options = { sort: { startedAt: -1 } as const, limit, ...hint };
  const heads = await commands.readAll<StoredHead>('find-heads', COLLECTIONS.heads, query, options);
  return heads.map(fromStoredHead);
}
