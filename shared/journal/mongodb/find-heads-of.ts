import type { HeadKey } from '../journal.ts';
import type { Head } from '../records.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { findHeads } from './find-heads.ts';
import { fromStoredHead, type StoredHead } from './stored-documents.ts';

/** One read for any number of keys, in the order of their index. */
export async function findHeadsOf(
  commands: Commands,
  keys: readonly HeadKey[],
  limit: number,
): Promise<readonly (readonly Head[])[]> {
  if (keys.length === 0 || limit <= 0) return keys.map(() => []);
  const most = limit * keys.length;
  const filter = { businessKey: { $in: keys.map(({ businessKey }) => businessKey) } };
  const options = { sort: { businessKey: 1, startedAt: -1 }, limit: most } as const;
  const found = await commands.readAll<StoredHead>('find-heads-of', COLLECTIONS.heads, filter, options);
  // One key has far more than its share, and others may miss theirs.
  if (found.length === most) return Promise.all(keys.map((key) => findHeads(commands, key, limit)));
  const byKey = new Map<string, StoredHead[]>(keys.map(({ businessKey }) => [businessKey, []]));
  for (const head of found) byKey.get(head.businessKey)?.push(head);
  return keys.map(({ businessKey, workflow }) =>
    (byKey.get(businessKey) ?? [])
      .filter((head) => (workflow ?? head.workflow) === head.workflow)
      .slice(0, limit)
      .map(fromStoredHead),
  );
}
