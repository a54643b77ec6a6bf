import { unreachable } from '../../core/unreachable.ts';
import type { HeadChange } from '../journal.ts';
import type { Head, Status } from '../records.ts';

/** What the status follows from. */
const FACTS = ['parked', 'waiting', 'cancelling', 'compensating'] as const;

/** The head after a change; the same head where the change cannot be true of it. */
export function applyChange(head: Head, change: HeadChange): Head {
  if (change.kind === 'ended') {
    return { ...without(head, ...FACTS, 'deadline'), status: change.status, endedAt: change.at };
  }
  if (head.endedAt) return head;
  const changed = changeFacts(head, change);
  return changed === head ? head : { ...changed, status: statusOf(changed) };
}

function changeFacts(head: Head, change: Exclude<HeadChange, { kind: 'ended' }>): Head {
  const { parked, waiting, cancelling, compensating } = head;
  switch (change.kind) {
    case 'parked': {
      const { step } = change.parked;
      const isPast = isBehind(parked, step) || isBehind(waiting, step) || isBehind(compensating, step - 1);
      return isPast ? head : { ...without(head, 'waiting'), parked: change.parked };
    }
    case 'waiting': {
      const { step } = change.waiting;
      const isPast = isBehind(parked, step) || isBehind(waiting, step) || compensating !== undefined;
      return isPast ? head : { ...without(head, 'parked'), waiting: change.waiting };
    }
    case 'resumed':
      return parked?.step === change.step ? without(head, 'parked') : head;
    case 'waited':
      return waiting?.step === change.step ? without(head, 'waiting') : head;
    case 'cancelling':
      if (cancelling || compensating) return head;
      return { ...head, cancelling: { intent: change.intent, at: change.at } };
    case 'not-cancelling':
      return cancelling?.intent === change.intent ? without(head, 'cancelling') : head;
    case 'compensating': {
      const { step } = change;
      if (isBehind(compensating, step)) return head;
      const kept = isBehind(parked, step) ? { parked } : {};
      return { ...without(head, ...FACTS), ...kept, compensating: { step } };
    }
    case 'deadline-answered':
      return without(head, 'deadline');
    default:
      return unreachable(change);
  }
}

/** Whether a fact is of a later step. */
const isBehind = <Fact extends { readonly step: number }>(fact: Fact | undefined, step: number): fact is Fact =>
  fact !== undefined && fact.step > step;

function without(head: Head, ...facts: readonly ((typeof FACTS)[number] | 'deadline')[]): Head {
  const rest: { -readonly [Field in keyof Head]: Head[Field] } = { ...head };
  for (const fact of facts) delete rest[fact];
  return rest;
}

function statusOf({ parked, waiting, cancelling, compensating }: Head): Status {
  if (compensating) return isBehind(parked, compensating.step) ? 'parked' : 'compensating';
  if (cancelling) return 'cancelling';
  if (parked) return 'parked';
  return waiting ? 'waiting' : 'running';
}
