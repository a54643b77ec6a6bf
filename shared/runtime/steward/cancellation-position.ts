import type { CancelStanding } from '../../core/cancellation.ts';
import { chooseEdge } from '../../core/conditions.ts';
import type { JsonObject } from '../../core/json.ts';
import { enter } from '../../core/transition.ts';
import type { IntentRecord } from '../../journal/intent-record.ts';
import type { Head, Snapshot } from '../../journal/records.ts';
import type { Acting } from '../acting.ts';
import { untilKnown } from '../right-to-act.ts';

/** Where a workflow stands that is to be cancelled: before its first undecided step, or at its end. */
export interface CancelPosition extends Omit<CancelStanding, 'pinned'> {
  readonly head: Head;
  readonly step: number;
  /** Data before that step, as the last decision left it. */
  readonly data: JsonObject;
  /** The decision before that step; null before the first. */
  readonly last: Snapshot | null;
}

/** Why there is none: then nothing can be cancelled, for good. */
export type Nowhere = 'its definition is not in the journal' | 'it was removed';

/** Reads where a workflow stands. That the step is undecided is as of a moment after the call. */
export async function readPosition(acting: Acting, intent: IntentRecord): Promise<CancelPosition | Nowhere> {
  const { line, right } = acting;
  const { workflowId, order } = intent;
  const head = await untilKnown(() => line.journal.readHead(workflowId), right);
  if (!head) return 'it was removed';
  const { workflow, version, input } = head;
  const record = await untilKnown(() => line.definitions.find(workflow, version), right);
  if (!record) return 'its definition is not in the journal';
  const { definition } = record;
  const { step, last } = await untilKnown(() => line.journal.readReach(workflowId), right);
  // Its start was refused unless its initial state could be entered.
  const stands = last ?? enter(definition, definition.initial, input, chooseEdge);
  const { state, data, next } = stands;
  const cancelledBy = last?.undo && !('end' in next) ? await cancellerOf(acting, last) : undefined;
  const ordered = order ? { order, step } : undefined;
  return { head, definition, step, state, data, next, last, undo: last?.undo, cancelledBy, ordered };
}

/** The request behind the way back; undefined when a failure led there. */
async function cancellerOf({ line, right }: Acting, last: Snapshot): Promise<string | undefined> {
  if (last.kind !== 'compensate') return last.intent;
  const { snapshots } = await untilKnown(() => line.journal.readCourse(last.workflowId), right);
  return snapshots.findLast(({ kind }) => kind !== 'compensate')?.intent;
}

/** The decision with which this very request cancelled the workflow, if it did. */
export async function ownDecision({ line, right }: Acting, intent: IntentRecord): Promise<Snapshot | undefined> {
  const { workflowId, at } = intent;
  if (at === 0) return undefined; // nothing is decided before it is pinned
  const decided = await untilKnown(() => line.journal.readSnapshot(workflowId, at), right);
  return decided?.intent === intent._id ? decided : undefined;
}
