import { attemptId } from '../core/names.ts';
import type { Attempt } from '../journal/records.ts';
import type { Acting } from './acting.ts';

/** An attempt to be inserted now by this one, under its name; the token lets it recognise its own document. */
export function newAttempt(
  { line, workerId }: Acting,
  { workflowId, step, attempt, kind, action }: Pick<Attempt, 'workflowId' | 'step' | 'attempt' | 'kind' | 'action'>,
): Attempt {
  return {
    _id: attemptId(workflowId, step, attempt),
    workflowId,
    step,
    attempt,
    kind,
    action,
    worker: workerId,
    token: line.random.id(),
    at: new Date(line.clock.now()),
  };
}
