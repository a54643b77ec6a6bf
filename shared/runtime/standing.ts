import type { NextUndo } from '../core/compensation.ts';
import { unreachable } from '../core/unreachable.ts';
import type { EndStatus } from '../core/workflow-definition.ts';
import type { Attempt, Head, Status, WorkflowHistory } from '../journal/records.ts';

/** Where a workflow stands by its journal alone, which is the truth; its head can lag behind. */
export type Standing =
  | { readonly kind: 'ended'; readonly status: EndStatus; readonly step: number; readonly since: Date }
  /** Given up on at `step`: at performing it or, with `undoing`, at the undoing of another. */
  | {
      readonly kind: 'parked';
      readonly step: number;
      readonly attempt: Attempt;
      readonly since: Date;
      readonly undoing?: NextUndo;
    }
  /** Performed, and something asynchronous decides it. */
  | { readonly kind: 'waiting'; readonly step: number; readonly attempt: Attempt; readonly since: Date }
  /** On its way back: `step` is the undoing of another. */
  | {
      readonly kind: 'compensating';
      readonly step: number;
      readonly attempt: Attempt | undefined;
      readonly since: Date;
      readonly undoing: NextUndo;
    }
  /** `step` is undecided; `attempt` is the last one made of it, if any was. */
  | { readonly kind: 'running'; readonly step: number; readonly attempt: Attempt | undefined; readonly since: Date };

export function standingOf({ head, attempts, snapshots }: WorkflowHistory): Standing {
  const decided = snapshots.at(-1);
  if (decided && 'end' in decided.next) {
    return { kind: 'ended', status: decided.next.end, step: decided.step, since: decided.at };
  }
  const step = (decided?.step ?? 0) + 1;
  const attempt = attempts.findLast((candidate) => candidate.step === step);
  const since = attempt?.settledAt ?? attempt?.at ?? decided?.at ?? head.startedAt;
  const undoing = decided && 'compensate' in decided.next ? decided.next : undefined;
  if (attempt?.fate === 'parked') {
    return { kind: 'parked', step, attempt, since, ...(undoing === undefined ? {} : { undoing }) };
  }
  if (undoing) return { kind: 'compensating', step, attempt, since, undoing };
  return attempt?.fate === 'waiting'
    ? { kind: 'waiting', step, attempt, since }
    : { kind: 'running', step, attempt, since };
}

/**
 * The status that people are told. That a request for cancellation is being considered is no step of the workflow's, so only its
 * head knows it.
 */
export function statusOf(standing: Standing, { cancelling }: Pick<Head, 'cancelling'> = {}): Status {
  switch (standing.kind) {
    case 'ended':
      return standing.status;
    case 'compensating':
      return 'compensating';
    case 'parked':
      return cancelling && !standing.undoing ? 'cancelling' : 'parked';
    case 'waiting':
    case 'running':
      return cancelling ? 'cancelling' : standing.kind;
    default:
      return unreachable(standing);
  }
}

/** As people read it: `at step 2, attempt 3 of ship by host-17-x is open`. */
export function describeStanding(standing: Standing): string {
  switch (standing.kind) {
    case 'ended':
      return standing.status;
    case 'parked':
      return `parked at step ${standing.step}${describeUndoing(standing.undoing)} (${standing.attempt.code ?? 'no code'})`;
    case 'waiting':
      return `at step ${standing.step}, ${standing.attempt.action} waits`;
    case 'compensating':
      return `at step ${standing.step}${describeUndoing(standing.undoing)}, ${describeAttempt(standing.attempt)}`;
    case 'running':
      return `at step ${standing.step}, ${describeAttempt(standing.attempt)}`;
    default:
      return unreachable(standing);
  }
}

const describeUndoing = (undoing: NextUndo | undefined): string => (undoing ? `, undoing step ${undoing.step}` : '');

function describeAttempt(attempt: Attempt | undefined): string {
  if (!attempt) return 'not attempted yet';
  const what = `attempt ${attempt.attempt} of ${attempt.action}`;
  if (attempt.kind === 'operator') return 'taken up again by an operator';
  if (attempt.kind === 'cancel') return 'taken by a cancellation';
  return attempt.fate === undefined ? `${what} by ${attempt.worker} is open` : `${what} was ${attempt.fate}`;
}
