import type { HeadFilter, Journal, Stand } from '../../journal/journal.ts';
import type { Head } from '../../journal/records.ts';

/** Heads whose stand is read at once. */
const BATCH = 200;

/** A workflow that is parked, by its journal. */
export interface ParkedWorkflow {
  readonly workflowId: string;
  readonly workflow: string;
  readonly businessKey: string;
  readonly step: number;
  /** The number of the parked attempt. */
  readonly attempt: number;
  readonly action: string;
  /** Whether it was parked at performing a step, or at undoing one. */
  readonly kind: 'run' | 'compensate';
  readonly code: string;
  readonly reason: string;
  readonly at: Date;
}

export interface ParkedFilter {
  readonly workflow?: string;
  readonly action?: string;
  readonly code?: string;
}

export interface ParkedFound {
  /** The newest first. */
  readonly parked: readonly ParkedWorkflow[];
  /** Whether there may be more: only so many heads are looked at. */
  readonly hasMore: boolean;
}

/** The parked workflows that fit, of the newest `most` that are parked. @throws Unavailable */
export async function findParked(
  journal: Pick<Journal, 'findHeads' | 'readStands'>,
  { workflow, action, code }: ParkedFilter,
  most: number,
): Promise<ParkedFound> {
  const filter: HeadFilter = { status: 'parked', ...(workflow === undefined ? {} : { workflow }) };
  const heads = await journal.findHeads(filter, most + 1);
  const parked: ParkedWorkflow[] = [];
  for (let from = 0; from < Math.min(heads.length, most); from += BATCH) {
    const batch = heads.slice(from, Math.min(from + BATCH, most));
    const stands = await journal.readStands(batch.map(({ _id }) => _id));
    const byId = new Map(batch.map((head) => [head._id, head]));
    parked.push(...stands.flatMap((stand) => parkedOf(byId.get(stand.workflowId), stand)));
  }
  const fits = (one: ParkedWorkflow): boolean =>
    (action === undefined || one.action === action) && (code === undefined || one.code === code);
  return { parked: parked.filter(fits), hasMore: heads.length > most };
}

/** A head that lags is passed over: its workflow goes on. */
function parkedOf(head: Head | undefined, { step, attempts }: Stand): readonly ParkedWorkflow[] {
  const last = attempts.at(-1);
  if (!head || last?.fate !== 'parked') return [];
  const { _id: workflowId, workflow, businessKey } = head;
  const { attempt, action, code = 'outcome-unknown', reason = '', at, settledAt = at } = last;
  const kind = last.kind === 'compensate' ? 'compensate' : 'run';
  return [{ workflowId, workflow, businessKey, step, attempt, action, kind, code, reason, at: settledAt }];
}

/** The parked workflows of one action and one code. */
export interface ParkedGroup {
  readonly action: string;
  readonly code: string;
  readonly count: number;
  /** When the first and the last of them were parked. */
  readonly oldest: Date;
  readonly newest: Date;
  readonly examples: readonly ParkedWorkflow[];
}

/** By action and code, the largest group first. @param examples how many of each are named */
export function groupParked(parked: readonly ParkedWorkflow[], examples: number): readonly ParkedGroup[] {
  const groups = new Map<string, ParkedWorkflow[]>();
  for (const one of parked) {
    const key = `${one.action} ${one.code}`;
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return [...groups.values()]
    .flatMap((group) => {
      const [first] = group;
      if (!first) return [];
      const times = group.map(({ at }) => at.getTime());
      const [oldest, newest] = [new Date(Math.min(...times)), new Date(Math.max(...times))];
      const { action, code } = first;
      return [{ action, code, count: group.length, oldest, newest, examples: group.slice(0, examples) }];
    })
    .sort((one, other) => other.count - one.count || one.action.localeCompare(other.action));
}
