import type { Envelope } from '../contract/envelope.ts';
import type { JsonObject } from '../core/json.ts';
import { idempotencyKey } from '../core/names.ts';
import type { Acting } from './acting.ts';
import { editBefore, FIRST_EDITED } from './operator/edit.ts';
import { readStep } from './step-view.ts';

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
export async function editOf(
  acting: Acting,
  place: Pick<Envelope, 'workflowId' | 'step' | 'attempt'>,
  data: JsonObject,
): Promise<Given> {
  const { workflowId, step, attempt } = place;
  if (attempt < FIRST_EDITED) return { data, idempotencyKey: idempotencyKey(workflowId, step) };
  const edit = editBefore((await readStep(acting, place)).attempts, { step, attempt });
  return { data: edit.data ?? data, idempotencyKey: idempotencyKey(workflowId, step, edit.renewedBy) };
}
