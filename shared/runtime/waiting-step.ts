import type { WaitKey } from '../journal/journal.ts';
import type { Snapshot } from '../journal/records.ts';
import type { WaitRecord } from '../journal/wait-records.ts';
import type { Acting } from './acting.ts';
import { envelopeAt } from './envelopes.ts';
import { type Followed, followDecided } from './follow-decided.ts';
import { type Given, givenAt } from './given.ts';
import { untilKnown } from './right-to-act.ts';
import { findDecision } from './step-view.ts';
import { closeWait } from './wait-closing.ts';

/** A step that waits, with all that its completion needs. Its envelope is as that of the waiting attempt was. */
export interface WaitingStep extends Followed {
  readonly wait: WaitRecord;
  /** What its action was performed with. */
  readonly given: Given;
  /** When the workflow started, milliseconds since 1970. */
  readonly startedAt: number;
}

/** Null when the workflow was removed: then nothing follows from its wait. */
export async function readWaitingStep(acting: Acting, wait: WaitRecord): Promise<WaitingStep | null> {
  const { line, right } = acting;
  const { workflowId, workflow, version, step, attempt, action, state } = wait;
  const [head, given, record] = await Promise.all([
    untilKnown(() => line.reads.head(workflowId), right),
    givenOf(acting, wait),
    untilKnown(() => line.definitions.find(workflow, version), right),
  ]);
  if (!head || !given) return null;
  const { data } = given;
  const envelope = envelopeAt(head, { step, attempt, action, state, data }, line.clock.now());
  return { wait, envelope, definition: record?.definition ?? null, given, startedAt: head.startedAt.getTime() };
}

/** What the action of a step that waits was performed with; null when the workflow was removed. */
export async function givenOf(acting: Acting, wait: WaitRecord): Promise<Given | null> {
  const { line, right } = acting;
  const { workflowId, step } = wait;
  const data =
    step > 1
      ? (await findDecision(acting, { workflowId, step: step - 1 }))?.data
      : (await untilKnown(() => line.reads.head(workflowId), right))?.input;
  return data ? givenAt(acting, wait, data) : null;
}

/**
 * journal.md A5 for a step that waits, or waited: what decided it is followed through, by whoever finds it. Only then is the wait
 * closed: an open one is what brings the next finder here, when this one dies on the way.
 */
export async function followFound(
  acting: Acting,
  followed: Followed,
  snapshot: Snapshot,
  wait: WaitKey,
): Promise<void> {
  const { line, right } = acting;
  const { workflowId, step } = snapshot;
  const moved = await untilKnown(() => line.reads.isAttempted({ workflowId, step: step + 1 }), right);
  await followDecided(acting, followed, snapshot, moved);
  await closeWait(acting, wait);
}

/** The same from the wait alone. Was its workflow removed, nothing follows, and the wait is closed: nobody else comes who would do that. */
export async function followWait(acting: Acting, wait: WaitRecord, snapshot: Snapshot): Promise<void> {
  const step = await readWaitingStep(acting, wait);
  if (step) await followFound(acting, step, snapshot, wait);
  else await closeWait(acting, wait);
}
