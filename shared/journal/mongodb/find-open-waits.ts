import type { Document } from 'mongodb';
import type { WaitFilter } from '../journal.ts';
import type { WaitRecord } from '../wait-records.ts';
import { COLLECTIONS, keysBelow } from './collections.ts';
import type { Commands, ReadAllOptions } from './commands.ts';

const OPERATION = 'find-open-waits';

type UnderKey = Exclude<WaitFilter, { workflowId: string }>;

/** Two reads for any number of filters, one for each way to say whose waits are meant. */
export async function findOpenWaits(
  commands: Commands,
  filters: readonly WaitFilter[],
  limit: number,
): Promise<readonly (readonly WaitRecord[])[]> {
  if (filters.length === 0 || limit <= 0) return filters.map(() => []);
  const most = limit * filters.length;
  const workflows = filters.flatMap((filter) => ('workflowId' in filter ? [filter.workflowId] : []));
  const keys = filters.filter((filter): filter is UnderKey => 'businessKey' in filter);
  const found = await Promise.all([
    workflows.length > 0 ? find(commands, ofWorkflows(workflows), { limit: most }) : [],
    keys.length > 0 ? find(commands, underKeys(keys), { limit: most, hint: 'notification' }) : [],
  ]);
  if (filters.length > 1 && found.some(({ length }) => length === most)) {
    // One has far more than its share, and others may miss theirs.
    const each = await Promise.all(filters.map((filter) => findOpenWaits(commands, [filter], limit)));
    return each.flat();
  }
  const waits = found.flat();
  return filters.map((filter) => waits.filter((wait) => fits(wait, filter)).slice(0, limit));
}

const find = (commands: Commands, filter: Document, options: Omit<ReadAllOptions, 'sort'>): Promise<WaitRecord[]> =>
  commands.readAll<WaitRecord>(OPERATION, COLLECTIONS.waits, filter, { sort: { _id: 1 }, ...options });

const ofWorkflows = (ids: readonly string[]): Document => ({
  $or: ids.map((id) => ({ _id: keysBelow(id) })),
  open: true,
});

/** One that names everything is found by the index alone; among many keys, what does not fit is told apart here. */
function underKeys(keys: readonly UnderKey[]): Document {
  const [only, ...others] = keys;
  if (only && others.length === 0) return { ...only, open: true, notification: only.notification ?? { $exists: true } };
  const names = keys.map(({ notification }) => notification);
  return {
    businessKey: { $in: keys.map(({ businessKey }) => businessKey) },
    open: true,
    notification: names.includes(undefined) ? { $exists: true } : { $in: names },
  };
}

function fits(wait: WaitRecord, filter: WaitFilter): boolean {
  if ('workflowId' in filter) return wait.workflowId === filter.workflowId;
  return (
    wait.notification !== undefined &&
    wait.businessKey === filter.businessKey &&
    (filter.workflow ?? wait.workflow) === wait.workflow &&
    (filter.notification ?? wait.notification) === wait.notification
  );
}
