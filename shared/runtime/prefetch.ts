import type { Action } from '../core/action.ts';
import { GIVE_UP_MS } from './stop-budget.ts';

/** The broker redelivers nothing, but closes the channel, when a message is unacknowledged for this long. */
const DELIVERY_TIMEOUT_MS = 30 * 60_000;

/** Actions that end within this time may have one more message ready for every slot. */
const QUICK_MS = 10_000;

/** Not acknowledged yet, but not working either: messages whose claim or record is on its way. */
const IN_PASSAGE = 2;

/**
 * How many messages a station takes ahead. Enough that no slot waits for the broker; but a message that is taken ahead waits
 * behind running work while another worker may be idle, so the longer an action may take, the fewer; and none where waiting
 * and working could together outlast the broker's delivery timeout.
 */
export function prefetchOf({ concurrency, timeoutMs }: Pick<Action, 'concurrency' | 'timeoutMs'>): number {
  if (timeoutMs * 2 > DELIVERY_TIMEOUT_MS) return concurrency;
  const ahead = Math.ceil(concurrency * Math.min(IN_PASSAGE, QUICK_MS / timeoutMs));
  return Math.min(65_535, concurrency + ahead);
}

/**
 * For how long a message at most waits in a worker that took it ahead, milliseconds: every slot is busy, each for its whole timeout
 * and until it has given up.
 */
export function longestAheadMs(timeoutMs: number): number {
  if (timeoutMs * 2 > DELIVERY_TIMEOUT_MS) return 0;
  return Math.ceil(Math.min(IN_PASSAGE, QUICK_MS / timeoutMs)) * (timeoutMs + GIVE_UP_MS);
}
