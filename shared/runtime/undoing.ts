import { isDeepStrictEqual } from 'node:util';
import type { Envelope } from '../contract/envelope.ts';
import type { Certainty, Undo } from '../core/compensation.ts';
import { SetAside } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { StepKey } from '../journal/journal.ts';
import type { Acting } from './acting.ts';
import { dataOfStep, type Given, givenAt, keyOfStep } from './given.ts';
import { untilKnown } from './right-to-act.ts';
import { findDecision } from './step-view.ts';

/** What is to be undone, and with what. */
export interface Undoing {
  /** What is left to undo, this first. */
  readonly undo: Undo;
  readonly performed: Certainty;
  /** The workflow's data before the step that is undone: what its action took its input from. */
  readonly dataBefore: JsonObject;
  /** What the step's snapshot says that it changed; absent when the step was only possibly performed. */
  readonly changes?: JsonObject;
  /** The idempotency key that the step was performed with. */
  readonly undoneKey: string;
}

/**
 * What an envelope of the way back asks for, from the journal: the decision before it says what is to be undone.
 * @throws SetAside when it says anything else, or there is none
 */
export async function findUndoing(acting: Acting, envelope: Envelope): Promise<Undoing | undefined> {
  const { kind, undoes, workflowId, step, action } = envelope;
  if (kind !== 'compensate' || !undoes) return undefined;
  const before = await findDecision(acting, { workflowId, step: step - 1 });
  if (!before?.undo || !isDeepStrictEqual(before.next, { compensate: action, ...undoes })) {
    await assertKept(acting, workflowId);
    throw foreign(`undoes: step ${undoes.step} by "${action}", but the journal says nothing of it at step ${step - 1}`);
  }
  const { performed } = undoes;
  const undone = { workflowId, step: undoes.step };
  const [data, decided] = await Promise.all([
    dataBefore(acting, undone),
    performed === 'committed' ? findDecision(acting, undone) : null,
  ]);
  const given = decided ? await givenAt(acting, decided, data) : await lastGiven(acting, undone, data);
  return {
    undo: before.undo,
    performed,
    dataBefore: given.data,
    ...(decided ? { changes: decided.changes } : {}),
    undoneKey: given.idempotencyKey,
  };
}

/** What the last attempt of an undecided step was performed with. */
async function lastGiven({ line, right }: Acting, place: StepKey, data: JsonObject): Promise<Given> {
  const { attempts } = await untilKnown(() => line.reads.course(place.workflowId), right);
  return { data: dataOfStep(data, attempts, place.step), idempotencyKey: keyOfStep(attempts, place) };
}

async function dataBefore(acting: Acting, { workflowId, step }: StepKey): Promise<JsonObject> {
  if (step === 1) return (await assertKept(acting, workflowId)).input;
  const before = await findDecision(acting, { workflowId, step: step - 1 });
  if (before) return before.data;
  throw foreign(`undoes.step: ${step}, but the journal has no step ${step - 1}`);
}

async function assertKept({ line, right }: Acting, workflowId: string) {
  const head = await untilKnown(() => line.reads.head(workflowId), right);
  if (!head) throw new SetAside('workflow-removed', { workflow: workflowId });
  return head;
}

const foreign = (problem: string): SetAside => new SetAside('envelope-invalid', { problem });
