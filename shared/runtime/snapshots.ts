import { snapshotId } from '../core/names.ts';
import type { Advance } from '../core/transition.ts';
import type { Attempt, Snapshot } from '../journal/records.ts';
import type { Acting } from './acting.ts';

/** What is decided: a step, by an attempt of it, and by what kind of decision. */
export interface DecidedPlace extends Pick<Attempt, 'workflowId' | 'step' | 'attempt' | 'action'> {
  readonly kind: Snapshot['kind'];
}

/** What a decision adds to that. `durationMs` is 0 where nobody worked. */
type Details = Pick<Snapshot, 'token' | 'by' | 'notification' | 'intent' | 'undoes'> &
  Partial<Pick<Snapshot, 'durationMs'>>;

/** A decision to be inserted now, under the name of who acts. */
export function newSnapshot(
  { line, workerId }: Acting,
  { workflowId, step, attempt, action, kind }: DecidedPlace,
  { changes, state, data, next, failure, undo }: Advance,
  { durationMs = 0, ...details }: Details = {},
): Snapshot {
  return {
    _id: snapshotId(workflowId, step),
    workflowId,
    step,
    kind,
    action,
    attempt,
    worker: workerId,
    changes,
    state,
    data,
    next,
    ...(failure ? { failure } : {}),
    ...(undo ? { undo } : {}),
    ...details,
    at: new Date(line.clock.now()),
    durationMs,
  };
}
