// Where a workflow stands by its journal, held against what its head says: who is lost, whose head lags, and who is in order.
import type { Stand } from '../../journal/journal.ts';
import type { Attempt, Head } from '../../journal/records.ts';

/** What a stand asks for. */
export type Judgement =
  /** It waits or is parked, and its head says so. */
  | { readonly kind: 'at-rest' }
  /** The recorded end of a workflow whose head does not say so. */
  | { readonly kind: 'ended'; readonly since: Date }
  /** The recorded parking of a workflow whose head does not say so. */
  | { readonly kind: 'parked'; readonly attempt: Attempt; readonly since: Date }
  /** A message of it should be on its way, or somebody should hold it. */
  | { readonly kind: 'moving'; readonly due: Due };

/** The message that a workflow should have. */
export interface Due {
  readonly step: number;
  /** The last attempt of the step, whatever its kind; 1 when there is none. */
  readonly number: number;
  readonly attempt: Attempt | undefined;
  /** Whose station it is due at. Undefined: that of the first action, which its definition says. */
  readonly action: string | undefined;
  /** When it should have been in the station's queue at the latest. */
  readonly since: Date;
  /** Who holds the attempt: while that one lives, nothing is lost. Undefined: nobody. */
  readonly holder: string | undefined;
}

/** Since when it has been so; undefined of what is in order. */
export const sinceOf = (judgement: Judgement): Date | undefined =>
  'due' in judgement ? judgement.due.since : 'since' in judgement ? judgement.since : undefined;

/** @param head of a workflow that has not ended, by its head */
export function judge(head: Head, stand: Stand): Judgement {
  const { step, last, attempts } = stand;
  if (last && 'end' in last.next) return { kind: 'ended', since: last.at };
  const attempt = attempts.at(-1);
  const since = attempt?.dueAt ?? attempt?.settledAt ?? attempt?.at ?? last?.at ?? head.startedAt;
  if (attempt?.fate === 'parked') {
    return head.parked?.step === step ? { kind: 'at-rest' } : { kind: 'parked', attempt, since };
  }
  if (attempt?.fate === 'waiting' && head.waiting?.step === step) return { kind: 'at-rest' };
  const action = nextAction(stand) ?? attempt?.action;
  const holder = attempt && attempt.fate === undefined ? attempt.worker : undefined;
  return { kind: 'moving', due: { step, number: attempt?.attempt ?? 1, attempt, action, since, holder } };
}

function nextAction({ last }: Stand): string | undefined {
  if (!last || 'end' in last.next) return undefined;
  return 'compensate' in last.next ? last.next.compensate : last.next.action;
}
