import type { CancelStanding } from '../../core/cancellation.ts';
import { chooseEdge } from '../../core/conditions.ts';
import { enter } from '../../core/transition.ts';
import type { IntentRecord } from '../../journal/intent-record.ts';
import type { Course, DecidedStep } from '../../journal/journal.ts';
import type { Head } from '../../journal/records.ts';
import type { Acting } from '../acting.ts';
import { untilKnown } from '../right-to-act.ts';

/** Where a workflow stands that is to be cancelled: before its first undecided step, or at its end. */
export interface CancelPosition extends Omit<CancelStanding, 'pinned'> {
  readonly head: Head;
  readonly step: number;
  /** The decision before that step; null before the first. */
  readonly last: DecidedStep | null;
  /** The course that says so. */
  readonly course: Course;
  /** The decision with which this very request cancelled the workflow, if it did. */
  readonly own: DecidedStep | undefined;
}

/** Why there is none: then nothing can be cancelled, for good. */
export type Nowhere = 'its definition is not in the journal' | 'it was removed';

/** Reads where a workflow stands. That the step is undecided is as of a moment after the call. */
export async function readPosition(acting: Acting, intent: IntentRecord): Promise<CancelPosition | Nowhere> {
  const { line, right } = acting;
  const { _id, workflowId, order, at } = intent;
  const [head, course] = await Promise.all([
    untilKnown(() => line.reads.head(workflowId), right),
    untilKnown(() => line.reads.course(workflowId), right),
  ]);
  if (!head) return 'it was removed';
  const { workflow, version, input } = head;
  const record = await untilKnown(() => line.definitions.find(workflow, version), right);
  if (!record) return 'its definition is not in the journal';
  const { definition } = record;
  const last = course.snapshots.at(-1) ?? null;
  const step = (last?.step ?? 0) + 1;
  // Its start was refused unless its initial state could be entered.
  const { state, next } = last ?? enter(definition, definition.initial, input, chooseEdge);
  const own = course.snapshots.find((decided) => decided.step === at && decided.intent === _id);
  const cancelledBy = last?.undo ? cancellerOf(course) : undefined;
  const ordered = order ? { order, step } : undefined;
  return { head, definition, step, state, next, last, course, own, undo: last?.undo, cancelledBy, ordered };
}

/** The request behind the way back; undefined when a failure led there. */
const cancellerOf = ({ snapshots }: Course): string | undefined =>
  snapshots.findLast(({ kind }) => kind !== 'compensate')?.intent;
