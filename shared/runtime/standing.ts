import { unreachable } from '../core/unreachable.ts';
import type { EndStatus } from '../core/workflow-definition.ts';
import type { Attempt, WorkflowHistory } from '../journal/records.ts';

/** Where a workflow stands by its journal alone, which is the truth; its head can lag behind. */
export type Standing =
  | { readonly kind: 'ended'; readonly status: EndStatus; readonly step: number; readonly since: Date }
  | { readonly kind: 'parked'; readonly step: number; readonly attempt: Attempt; readonly since: Date }
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
  if (attempt?.fate === 'parked') return { kind: 'parked', step, attempt, since };
  return { kind: 'running', step, attempt, since };
}

/** As people read it: `at step 2, attempt 3 of ship by host-17-x is open`. */
export function describeStanding(standing: Standing): string {
  switch (standing.kind) {
    case 'ended':
      return standing.status;
    case 'parked':
      return `parked at step ${standing.step} (${standing.attempt.code ?? 'no code'})`;
    case 'running':
      return `at step ${standing.step}, ${describeAttempt(standing.attempt)}`;
    default:
      return unreachable(standing);
  }
}

function describeAttempt(attempt: Attempt | undefined): string {
  if (!attempt) return 'not attempted yet';
  const what = `attempt ${attempt.attempt} of ${attempt.action}`;
  if (attempt.kind === 'operator') return 'taken up again by an operator';
  return attempt.fate === undefined ? `${what} by ${attempt.worker} is open` : `${what} was ${attempt.fate}`;
}
