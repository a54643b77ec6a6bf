import type { Head } from '../records.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { fromStoredHead, type StoredHead } from './stored-documents.ts';

export async function findPastDeadline(commands: Commands, now: Date, limit: number): Promise<readonly Head[]> {
  if (limit <= 0) return [];
  const options = { sort: { deadline: 1 }, limit, hint: 'deadline' } as const;
  const filter = { deadline: { $lte: now } };
  const heads = await commands.readAll<StoredHead>('find-past-deadline', COLLECTIONS.heads, filter, options);
  return heads.map(fromStoredHead);
}
