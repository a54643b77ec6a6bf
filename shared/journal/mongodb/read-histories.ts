import type { Head, WorkflowHistory } from '../records.ts';
import { COLLECTIONS, keysBetween } from './collections.ts';
import type { Commands } from './commands.ts';
import { fromStoredAttempt, fromStoredSnapshot, type StoredAttempt, type StoredSnapshot } from './stored-documents.ts';

/**
 * The histories of heads that were just read, in their order. Read after the heads, so that of a workflow that has ended nothing is
 * missing; the attempts before the snapshots, as everywhere.
 * @param heads ordered by id, without a gap: what lies between them is read, too
 */
export async function readHistories(
  commands: Commands,
  operation: string,
  heads: readonly Head[],
): Promise<readonly WorkflowHistory[]> {
  const [first, last] = [heads.at(0), heads.at(-1)];
  if (!first || !last) return [];
  const filter = { _id: keysBetween(first._id, last._id) };
  const byKey = { sort: { _id: 1 } } as const;
  const attempts = await commands.readAll<StoredAttempt>(operation, COLLECTIONS.attempts, filter, byKey);
  const snapshots = await commands.readAll<StoredSnapshot>(operation, COLLECTIONS.snapshots, filter, byKey);
  const attemptsOf = groupByWorkflow(attempts.map(fromStoredAttempt));
  const snapshotsOf = groupByWorkflow(snapshots.map(fromStoredSnapshot));
  return heads.map((head) => ({
    head,
    attempts: attemptsOf.get(head._id) ?? [],
    snapshots: snapshotsOf.get(head._id) ?? [],
  }));
}

function groupByWorkflow<T extends { readonly workflowId: string }>(records: readonly T[]): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const record of records) {
    const group = groups.get(record.workflowId);
    if (group) group.push(record);
    else groups.set(record.workflowId, [record]);
  }
  return groups;
}
