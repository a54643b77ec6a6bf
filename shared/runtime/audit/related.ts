import { snapshotId } from '../../core/names.ts';
import type { IntentRecord } from '../../journal/intent-record.ts';
import type { Journal } from '../../journal/journal.ts';
import type { WorkflowHistory } from '../../journal/records.ts';
import type { WaitRecord } from '../../journal/wait-records.ts';

/** Of one workflow; of a batch of them only where that has fewer in all. A workflow that is asked to cancel again and again: the newest tell enough. */
const MOST_REQUESTS = 1_000;

/** What a history is held against. */
export interface Related {
  /** The requests to cancel it. */
  readonly intents: readonly IntentRecord[];
  /** The waits of its steps. */
  readonly waits: readonly WaitRecord[];
}

/** What is related to some workflows, by their ids: two queries for all of them. */
export async function readRelated(
  journal: Pick<Journal, 'findIntents' | 'readWaits'>,
  histories: readonly WorkflowHistory[],
): Promise<(workflowId: string) => Related> {
  const ids = histories.map(({ head }) => head._id);
  const waitIds = histories.flatMap(waitIdsOf);
  const [intents, waits] = await Promise.all([
    findAllIntents(journal, ids),
    waitIds.length === 0 ? [] : journal.readWaits(waitIds),
  ]);
  const intentsOf = byWorkflow(intents);
  const waitsOf = byWorkflow(waits.flatMap((wait) => wait ?? []));
  return (workflowId) => ({ intents: intentsOf.get(workflowId) ?? [], waits: waitsOf.get(workflowId) ?? [] });
}

function byWorkflow<T extends { readonly workflowId: string }>(items: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const grouped = new Map<string, T[]>();
  for (const item of items) {
    const known = grouped.get(item.workflowId);
    if (known) known.push(item);
    else grouped.set(item.workflowId, [item]);
  }
  return grouped;
}

const waitIdsOf = ({ head, attempts }: WorkflowHistory): string[] => {
  const waited = new Set(attempts.filter(({ fate }) => fate === 'waiting').map(({ step }) => step));
  return [...waited].map((step) => snapshotId(head._id, step));
};

/** One workflow with very many requests must not hide those of its neighbours: then each is asked for by itself. */
async function findAllIntents(
  journal: Pick<Journal, 'findIntents'>,
  workflowIds: readonly string[],
): Promise<readonly IntentRecord[]> {
  const found = await journal.findIntents(workflowIds, MOST_REQUESTS);
  if (found.length < MOST_REQUESTS || workflowIds.length === 1) return found;
  const each: IntentRecord[] = [];
  for (const id of workflowIds) each.push(...(await journal.findIntents([id], MOST_REQUESTS)));
  return each;
}
