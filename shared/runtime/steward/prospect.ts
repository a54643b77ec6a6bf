import type { ActionContract } from '../../core/action.ts';
import { choicesOf, edgesFrom } from '../../core/graph.ts';
import type { WorkflowDefinition } from '../../core/workflow-definition.ts';
import type { Head } from '../../journal/records.ts';
import type { Acting } from '../acting.ts';
import { untilKnown } from '../right-to-act.ts';

/**
 * What a workflow that does not wait for a notification has to do with it: an action before it `may` still wait for it · it is `past`: it
 * waited for it, and something else came first; `step` says where · it is `foreign` to all that the workflow does.
 */
export type Prospect = { readonly kind: 'may' | 'foreign' } | { readonly kind: 'past'; readonly step?: number };

/** @param name of the notification */
export async function prospectOf(acting: Acting, head: Head, name: string): Promise<Prospect> {
  const { line, right } = acting;
  const { workflow, version, workflowId } = head;
  const record = await untilKnown(() => line.definitions.find(workflow, version), right);
  if (!record) return { kind: 'may' }; // it is parked over that, and goes on when the definition is back
  const { definition } = record;
  const contracts = await untilKnown(() => line.contracts.all(), right);
  const takes = (state: string): boolean => takesAt(definition, state, contracts, name);
  if (!Object.keys(definition.states).some(takes)) return { kind: 'foreign' };
  const { attempts, snapshots } = await untilKnown(() => line.reads.course(workflowId), right);
  const last = snapshots.at(-1);
  const goesOn = !last || 'action' in last.next;
  if (goesOn && reachable(definition, last?.state ?? definition.initial).some(takes)) return { kind: 'may' };
  const waited = attempts.findLast(({ wait }) => wait?.notification === name);
  return { kind: 'past', ...(waited ? { step: waited.step } : {}) };
}

const takesAt = (
  definition: WorkflowDefinition,
  state: string,
  contracts: ReadonlyMap<string, ActionContract>,
  name: string,
): boolean =>
  choicesOf(definition, state).some(({ action }) => Object.hasOwn(contracts.get(action)?.notifications ?? {}, name));

/** The states that can still be entered, and the one that it stands in. */
function reachable(definition: WorkflowDefinition, from: string): readonly string[] {
  const found = new Set([from]);
  for (const state of found) for (const { to } of edgesFrom(definition, state)) found.add(to);
  return [...found];
}
