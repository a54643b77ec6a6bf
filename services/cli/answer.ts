import { describeError } from '../../shared/core/errors.ts';
import { unreachable } from '../../shared/core/unreachable.ts';
import type { IntentRecord } from '../../shared/journal/intent-record.ts';
import { printable } from '../../shared/runtime/printable.ts';
import type { Paint } from './paint.ts';

/** A request for cancellation, or an operator's order, as `--json` has it. */
export function presentRequest({ _id, workflowId, reason, source, eventId, requestedAt, ...rest }: IntentRecord) {
  const { order = null, state, answer = null, closedAt = null } = rest;
  return {
    request: _id,
    workflowId,
    reason,
    source,
    id: eventId,
    requestedAt,
    order,
    state,
    answer,
    answeredAt: closedAt,
  };
}

/** What became of a request, in one line. */
export function describeAnswer(request: IntentRecord, paint: Paint): string {
  const { workflowId, answer } = printable(request);
  if (!answer) return `${workflowId}: not answered yet`;
  switch (answer.kind) {
    case 'accepted':
      return `${workflowId}: ${paint.good('accepted')}`;
    case 'refused':
      return paint.bad(
        describeError('cancellation-refused', { workflow: workflowId, state: answer.state, reason: answer.reason }),
      );
    case 'too-late':
      return paint.bad(describeError('cancellation-too-late', { workflow: workflowId, status: answer.status }));
    case 'already-cancelling':
      return `${workflowId}: is cancelled already, by request ${answer.by}`;
    default:
      return unreachable(answer);
  }
}

/** Whether what was asked for is going to happen. */
export const isGranted = ({ answer }: IntentRecord): boolean =>
  answer?.kind === 'accepted' || answer?.kind === 'already-cancelling';
