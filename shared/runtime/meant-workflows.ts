import type { WaitFilter } from '../journal/journal.ts';
import type { Head } from '../journal/records.ts';
import type { GroupedReads } from './journal-reads.ts';

/** Whom a message from outside, or an operator, means: a workflow, or whichever has this business key (and is of this workflow, if it says one). */
export interface Target {
  readonly workflowId?: string | undefined;
  readonly businessKey?: string | undefined;
  readonly workflow?: string | undefined;
}

/** How many workflows with the same key are listed to whoever must name one of them. */
export const MOST_LISTED = 10;

/** The workflows that a target can mean, the newest first. @throws Unavailable */
export async function meantWorkflows(
  reads: Pick<GroupedReads, 'head' | 'headsOf'>,
  { workflowId, businessKey, workflow }: Target,
): Promise<readonly Head[]> {
  if (workflowId !== undefined) {
    const head = await reads.head(workflowId);
    return head && (workflow ?? head.workflow) === head.workflow ? [head] : [];
  }
  if (businessKey === undefined) return [];
  return reads.headsOf({ businessKey, ...(workflow === undefined ? {} : { workflow }) });
}

/** The open waits that a target can mean, whatever they wait for. */
export function waitsMeant({ workflowId, businessKey, workflow }: Target): WaitFilter | undefined {
  if (workflowId !== undefined) return { workflowId };
  if (businessKey === undefined) return undefined;
  return { businessKey, ...(workflow === undefined ? {} : { workflow }) };
}

/** The ids of several, for who must name one of them. */
export const listed = (heads: readonly Head[]): string =>
  heads
    .slice(0, MOST_LISTED)
    .map(({ _id }) => _id)
    .join(', ');
