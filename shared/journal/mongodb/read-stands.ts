import { snapshotId } from '../../core/names.ts';
import type { Stand } from '../journal.ts';
import type { Attempt } from '../records.ts';
import { COLLECTIONS, keysBelow } from './collections.ts';
import type { Commands } from './commands.ts';
import { fromStoredAttempt, type StoredAttempt } from './stored-documents.ts';

const OPERATION = 'read-stands';
const BY_KEY = { sort: { _id: 1 } } as const;
/** No data: it is by far the largest part. */
const FIELDS = { _id: 0, workflowId: 1, step: 1, kind: 1, state: 1, next: 1, at: 1, undo: 1 };

type Decision = NonNullable<Stand['last']> & { readonly workflowId: string };

/** Two reads for any number of workflows: their decisions, then the attempts of the step behind each. */
export async function readStands(commands: Commands, workflowIds: readonly string[]): Promise<readonly Stand[]> {
  if (workflowIds.length === 0) return [];
  const decisions = await commands.readAll<Decision>(OPERATION, COLLECTIONS.snapshots, below(workflowIds), {
    ...BY_KEY,
    projection: FIELDS,
  });
  // By key, so that the last one of each workflow stays.
  const lastOf = new Map(decisions.map(({ workflowId, ...last }) => [workflowId, last]));
  const places = workflowIds.map((workflowId) => {
    const last = lastOf.get(workflowId) ?? null;
    return { workflowId, step: (last?.step ?? 0) + 1, last };
  });
  const steps = places.map(({ workflowId, step }) => snapshotId(workflowId, step));
  const stored = await commands.readAll<StoredAttempt>(OPERATION, COLLECTIONS.attempts, below(steps), BY_KEY);
  const attemptsOf = new Map<string, Attempt[]>(steps.map((step) => [step, []]));
  for (const attempt of stored) {
    attemptsOf.get(snapshotId(attempt.workflowId, attempt.step))?.push(fromStoredAttempt(attempt));
  }
  return places.map((place) => ({
    ...place,
    attempts: attemptsOf.get(snapshotId(place.workflowId, place.step)) ?? [],
  }));
}

const below = (prefixes: readonly string[]): { $or: object[] } => ({
  $or: prefixes.map((prefix) => ({ _id: keysBelow(prefix) })),
});
