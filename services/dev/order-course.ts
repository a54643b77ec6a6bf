// What a journal must say of an order, given the order, the answers to those who asked to cancel it, and how its waits went.
import type { CancelAnswer } from '../../shared/core/cancellation.ts';
import type { Snapshot, WorkflowHistory } from '../../shared/journal/records.ts';
import { ACCOUNTS, type Movement } from '../orders/downstream/books.ts';
import { expectedEnd, isSlow } from '../orders/downstream/rules.ts';
import type { Order } from '../orders/order.ts';

/** How an order ended: the state; or, of one that was undone, the failure for which it was. Undefined: it has not. */
export function endOf({ snapshots }: WorkflowHistory): string | undefined {
  const last = snapshots.at(-1);
  if (!last || !('end' in last.next)) return undefined;
  if (last.next.end === 'cancelled') return 'cancelled';
  const cause = last.undo && snapshots.findLast(({ failure }) => failure !== undefined);
  return cause?.failure?.code ?? last.state;
}

/** How it must have ended. */
export function mustEnd(order: Order, { snapshots }: WorkflowHistory, answers: readonly CancelAnswer[]): string {
  if (answers.some(({ kind }) => kind === 'accepted')) return 'cancelled';
  const isTimedOut = snapshots.some(({ by, failure }) => by === 'deadline' && failure !== undefined);
  // A slow bank races with the shop's patience: who won is the journal's to say.
  return isTimedOut && isSlow(order.card) ? 'not-confirmed' : expectedEnd(order);
}

/** What it must have moved in sum: a delivered order its goods and its price, any other nothing. */
export function mustHaveMoved({ items, amount }: Order, end: string): Movement {
  if (end !== 'delivered') return {};
  return { stock: -items.reduce((units, { quantity }) => units + quantity, 0), charged: amount, parcels: 1 };
}

/** The accounts that are not as they must be, as text; undefined when all are. */
export function misbooked(moved: Movement, must: Movement): string | undefined {
  const wrong = ACCOUNTS.filter((account) => (moved[account] ?? 0) !== (must[account] ?? 0));
  if (wrong.length === 0) return undefined;
  return wrong.map((account) => `${account} ${moved[account] ?? 0} instead of ${must[account] ?? 0}`).join(', ');
}

/** How often a step may have taken effect downstream. */
export function effectsOf({ kind, failure, by }: Snapshot): {
  readonly least: 0 | 1;
  readonly most: 0 | 1;
  readonly how: string;
} {
  if (kind === 'cancel') return { least: 0, most: 1, how: 'was cancelled' };
  // There may be nothing to undo; that all was undone is seen in what the order has moved.
  if (kind === 'compensate') return { least: 0, most: 1, how: 'was undone' };
  if (failure === undefined) return { least: 1, most: 1, how: 'completed' };
  // What was not confirmed in time may have happened all the same.
  return { least: 0, most: by === 'deadline' ? 1 : 0, how: `failed with ${failure.code}` };
}
