import { eventKeyOf } from '../../contract/cloud-event.ts';
import { cancellationMessage, decodeStewardEvent } from '../../contract/steward-event.ts';
import type { OperatorOrder } from '../../core/cancellation.ts';
import { Refused } from '../../core/errors.ts';
import { cutText } from '../../core/limits.ts';
import { edgeOf } from '../../core/transition.ts';
import type { IntentRecord } from '../../journal/intent-record.ts';
import type { Journal } from '../../journal/journal.ts';
import type { WorkflowHistory } from '../../journal/records.ts';
import type { Acting } from '../acting.ts';
import { newIntent } from '../intents.ts';
import { untilKnown } from '../right-to-act.ts';
import { type Standing, standingOf, statusOf } from '../standing.ts';

/** Who asks, and under which name: the same again is the same request, and has the same answer. */
export interface RequestName {
  readonly source: string;
  readonly id: string;
}

/** The id under which the journal keeps a request. */
export const requestKey = ({ source, id }: RequestName): string => eventKeyOf(source, id);

/** Asks to cancel a workflow, as any program outside does. The answer is in the journal, under `requestKey`. */
export async function requestCancellation(
  acting: Acting,
  { workflowId, workflow }: { readonly workflowId: string; readonly workflow: string },
  { source, id, reason }: RequestName & { readonly reason: string },
): Promise<void> {
  const { line, right } = acting;
  const message = cancellationMessage(line.namespace, { workflowId, workflow, source, id, reason });
  // By the steward's own rules: what it would set aside is refused here and now.
  decodeStewardEvent(message.body, message.contentType, message.routingKey);
  await untilKnown(() => line.broker.publish(message), right);
}

/** What an operator wants of a parked workflow. */
export type Wanted = { readonly kind: 'compensate' } | { readonly kind: 'fail'; readonly code: string };

/**
 * Orders what becomes of a parked workflow: its step ends with a declared failure, or everything is undone. A steward carries it out like
 * a request for cancellation, so that nobody performs meanwhile; what the state itself says of cancellations does not count. The same order
 * again is found as it stands, with its answer.
 * @throws Refused `workflow-unknown`, `workflow-not-parked`, `failure-not-named`, `definition-unknown`: then nothing is written
 */
export async function orderParked(
  acting: Acting,
  workflowId: string,
  wanted: Wanted,
  request: RequestName & { readonly reason: string },
): Promise<IntentRecord> {
  const { line, right } = acting;
  const _id = requestKey(request);
  const known = await untilKnown(() => line.journal.readIntent(_id), right);
  if (known) return known;
  const history = await untilKnown(() => line.journal.readHistory(workflowId), right);
  if (!history) throw new Refused('workflow-unknown', { key: workflowId });
  const order = await orderOf(acting, history, wanted);
  const { source, id: eventId, reason } = request;
  const intent = newIntent(acting, { workflowId, reason: cutText(reason), source, eventId, order });
  return untilKnown(() => line.writes.insertIntent(intent), right);
}

async function orderOf(acting: Acting, history: WorkflowHistory, wanted: Wanted): Promise<OperatorOrder> {
  const standing: Standing = standingOf(history);
  const { head, snapshots } = history;
  if (standing.kind !== 'parked') {
    throw new Refused('workflow-not-parked', { workflow: head._id, status: statusOf(standing, head) });
  }
  const { step, attempt, undoing } = standing;
  // What cannot be undone now can be retried; there is no other end to the way back.
  if (undoing) throw new Refused('workflow-undoing', { workflow: head._id, step, undone: undoing.step });
  if (wanted.kind === 'compensate') return { kind: 'compensate', step };
  const { workflow, version } = head;
  const record = await untilKnown(() => acting.line.definitions.find(workflow, version), acting.right);
  if (!record) throw new Refused('definition-unknown', { workflow, version: ` version ${version}` });
  const state = snapshots.at(-1)?.state ?? record.definition.initial;
  const { onFailure = {} } = edgeOf(record.definition, state, attempt.action) ?? {};
  if (Object.hasOwn(onFailure, wanted.code)) return { kind: 'fail', step, code: wanted.code };
  const known = Object.keys(onFailure).join(', ') || 'none';
  throw new Refused('failure-not-named', { step, failure: wanted.code, action: attempt.action, known });
}

/** How often an answer is looked for. */
const LOOK_EVERY_MS = 100;

/** The request as it stands when it is answered, or when the time is over; null when the journal does not have it by then. */
export async function awaitAnswer(
  { journal, clock }: { readonly journal: Pick<Journal, 'readIntent'>; readonly clock: Acting['line']['clock'] },
  key: string,
  limitMs: number,
): Promise<IntentRecord | null> {
  const endsAt = clock.monotonic() + limitMs;
  for (;;) {
    const intent = await journal.readIntent(key);
    if (intent?.state === 'closed' || clock.monotonic() >= endsAt) return intent;
    await clock.sleep(LOOK_EVERY_MS);
  }
}
