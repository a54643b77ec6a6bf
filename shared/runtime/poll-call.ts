import type { Polling } from '../core/action.ts';
import type { PollCall } from '../core/action-calls.ts';
import { type Clock } from '../core/clock.ts';
import type { JsonObject } from '../core/json.ts';
import { LIMITS } from '../core/limits.ts';
import { type Abortable, AbortHandle } from './abort-handle.ts';
import { type CallsUnderWay, Interrupted } from './middleware/interruption.ts';

/** What came of one call of `poll` or `pollMany`. */
export type Returned =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly error: unknown }
  | { readonly kind: 'timed-out' }
  /** The process stops, or has lost its right: nothing was asked, or the answer is not waited for. */
  | { readonly kind: 'interrupted' };

export interface PollCallOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly callsUnderWay: CallsUnderWay;
}

/** The calls but for the signal, which they get here. */
export type PollQuestion = Omit<PollCall<JsonObject>, 'signal'>;

/**
 * Calls an action's poll within its timeout. What it says after its signal was aborted still counts, if it says so within the grace; a
 * poll only asks, so one that outlives that may go on without harm.
 */
export async function callPoll(
  polling: Polling,
  questions: readonly PollQuestion[],
  { clock, timeoutMs, callsUnderWay }: PollCallOptions,
): Promise<Returned> {
  const controller: Abortable = new AbortHandle();
  if (!callsUnderWay.enter(controller)) return { kind: 'interrupted' };
  const calls = questions.map((question) => ({
    ...question,
    get signal() {
      return controller.signal;
    },
  }));
  const over = new AbortController();
  try {
    const timeUp = async (): Promise<Returned> => {
      await clock.sleep(timeoutMs, over.signal);
      controller.abort(new Error(`The poll did not end within ${timeoutMs} ms.`));
      await clock.sleep(LIMITS.abortGraceMs, over.signal);
      return { kind: 'timed-out' };
    };
    const returned = await Promise.race([ask(polling, calls), timeUp()]);
    const isInterrupted = returned.kind === 'threw' && controller.signal.reason instanceof Interrupted;
    return isInterrupted ? { kind: 'interrupted' } : returned;
  } finally {
    callsUnderWay.leave(controller);
    over.abort();
  }
}

/** Never rejects. An action's own function may throw at once, and anything. */
async function ask(polling: Polling, calls: readonly PollCall<JsonObject>[]): Promise<Returned> {
  try {
    return { kind: 'returned', value: await polling.poll(calls) };
  } catch (error) {
    return { kind: 'threw', error };
  }
}
