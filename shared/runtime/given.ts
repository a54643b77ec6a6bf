// What a step is performed with: the data and the idempotency key that its message or the journal had, unless an operator has changed them.
import type { Envelope } from '../contract/envelope.ts';
import type { JsonObject } from '../core/json.ts';
import { idempotencyKey } from '../core/names.ts';
import type { Attempt } from '../journal/records.ts';
import type { Acting } from './acting.ts';
import { readStep } from './step-view.ts';

/** The first attempt that an operator's can precede: one is parked, the next is the operator's. Those before need no look. */
const FIRST_EDITED = 3;

/** What a step is performed with. */
export interface Given {
  readonly data: JsonObject;
  readonly idempotencyKey: string;
}

/**
 * What a claimed attempt is performed with: what its message or the journal had, unless an operator has changed it. Asked after the
 * claim and from the journal, because the message can be an old copy that stands for a later attempt than its own; whoever has
 * claimed an attempt sees every operator's before it. The usual attempts, the first two of a step, need no look.
 */
export async function givenAt(
  acting: Acting,
  place: Pick<Envelope, 'workflowId' | 'step' | 'attempt'>,
  data: JsonObject,
): Promise<Given> {
  const { workflowId, step, attempt } = place;
  if (attempt < FIRST_EDITED) return { data, idempotencyKey: idempotencyKey(workflowId, step) };
  const edit = editBefore((await readStep(acting, place)).attempts, { step, attempt });
  return { data: edit.data ?? data, idempotencyKey: idempotencyKey(workflowId, step, edit.renewedBy) };
}

/** What operators have changed about a step. */
export interface Edit {
  /** The data with which the step goes on, whole, instead of that of the snapshot before it. */
  readonly data?: JsonObject;
  /** The operator's attempt that asked for a new idempotency key. */
  readonly renewedBy?: number;
}

/**
 * What holds for an attempt of a step: the last data and the last new key before it.
 * @param attempts all attempts of the step, or of the whole workflow
 * @param attempt default: whatever comes after all of them
 */
export function editBefore(
  attempts: readonly Attempt[],
  { step, attempt = Number.POSITIVE_INFINITY }: { readonly step: number; readonly attempt?: number },
): Edit {
  const before = attempts.filter((made) => made.kind === 'operator' && made.step === step && made.attempt < attempt);
  const edited = before.findLast(({ data }) => data !== undefined);
  const renewed = before.findLast(({ key }) => key === 'new');
  return {
    ...(edited?.data === undefined ? {} : { data: edited.data }),
    ...(renewed ? { renewedBy: renewed.attempt } : {}),
  };
}

/** The idempotency key that a step's attempt was performed with; without `attempt`, the step's last one. */
export const keyOfStep = (
  attempts: readonly Attempt[],
  { workflowId, step, attempt }: Pick<Attempt, 'workflowId' | 'step'> & { readonly attempt?: number },
): string =>
  idempotencyKey(
    workflowId,
    step,
    editBefore(attempts, { step, ...(attempt === undefined ? {} : { attempt }) }).renewedBy,
  );

/** A step's data: what the snapshot before it left (or the workflow's input), unless an operator has changed it. */
export const dataOfStep = (before: JsonObject, attempts: readonly Attempt[], step: number): JsonObject =>
  editBefore(attempts, { step }).data ?? before;
