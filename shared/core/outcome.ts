import { type Duration, durationMs } from './duration.ts';
import type { JsonObject } from './json.ts';

/** The action did its work; `changes` are the fields of the data that it sets. */
export interface Completed<Changes> {
  readonly kind: 'completed';
  readonly changes: Changes;
}
/** The action came to a declared negative end: terminal for the step, the definition says where it leads. */
export interface Failed<Code extends string> {
  readonly kind: 'failed';
  readonly code: Code;
  readonly message: string;
}
/** The action could not do its work now. Spends one of the retry policy's attempts. */
export interface Retry {
  readonly kind: 'retry';
  readonly reason: string;
  /** Milliseconds to wait instead of the policy's backoff. */
  readonly afterMs?: number;
}
/**
 * The action has set something going that takes longer than a worker should be held. The step is decided by what comes
 * first: the notification, a poll's answer, the time.
 */
export interface Waiting<Notification extends string = string, Code extends string = string> {
  readonly kind: 'waiting';
  /** The declared notification that completes the wait with its payload. */
  readonly notification?: Notification;
  /** Milliseconds until the action's `poll` asks for the first time. */
  readonly pollAfterMs?: number;
  /** Milliseconds until the wait is over. */
  readonly untilMs?: number;
  /** Instead of `untilMs`: when the wait is over, milliseconds since 1970. */
  readonly untilAt?: number;
  /** The declared failure with which the step ends when the time is over. Without it the wait completes with no changes. */
  readonly otherwise?: Code;
}
/** What a poll asked for is not there yet. */
export interface Pending {
  readonly kind: 'pending';
  /** Milliseconds until the next poll, instead of the backoff. */
  readonly afterMs?: number;
}

/** Everything that `run` can say. There is no other way to say what happened; a thrown error is `retry`. */
export type Outcome<Changes = JsonObject, Code extends string = string, Notification extends string = never> =
  | Completed<Changes>
  | Failed<Code>
  | Retry
  | Waiting<Notification, Code>;

/** Everything that `poll` can say of one wait. A thrown error is `pending`: the wait goes on. */
export type PollOutcome<Changes = JsonObject, Code extends string = string> = PollAnswer<Changes, Code> | Pending;

/** What a poll says when it decides the step. */
export type PollAnswer<Changes = JsonObject, Code extends string = string> = Completed<Changes> | Failed<Code>;

/** Everything that `compensate` can say: it is undone, or could not be undone now. A thrown error is `retry`. */
export type CompensateOutcome = Completed<Readonly<Record<string, never>>> | Retry;

/** What to wait for: at least one of the three. Whichever comes first decides the step; the others have no effect then. */
export type WaitFor<Notification extends string, Code extends string> = (
  | { readonly notification: Notification; readonly poll?: Duration }
  | { readonly notification?: Notification; readonly poll: Duration }
  | { readonly notification?: Notification; readonly poll?: Duration; readonly until: Duration | Date }
) &
  (
    | { readonly until?: never; readonly otherwise?: never }
    | { readonly until: Duration | Date; readonly otherwise?: Code }
  );

export const completed = <const Changes>(changes: Changes): Completed<Changes> => ({ kind: 'completed', changes });

export const failed = <const Code extends string>(code: Code, message = ''): Failed<Code> => ({
  kind: 'failed',
  code,
  message,
});

/** @param options.afterMs waits this long instead of the policy's backoff, e.g. what a `Retry-After` header says */
export const retry = (reason: string, options: { afterMs?: number } = {}): Retry => ({
  kind: 'retry',
  reason,
  ...options,
});

/**
 * Waits without a worker for as long as 300 days.
 * @param what.notification a notification that the action declares: its payload is the change set
 * @param what.poll how long until the action's `poll` (or `pollMany`) asks for the first time; then by its backoff
 * @param what.until when the wait is over: after so long, or at that time
 * @param what.otherwise the declared failure with which the step ends then. Without it the wait is a timer: it completes
 *   with no changes, so an action whose `changes` has a required field must say one
 * @throws Refused `duration-invalid`
 */
export function waiting<const Notification extends string = never, const Code extends string = never>(
  what: WaitFor<Notification, Code>,
): Waiting<Notification, Code> {
  const { notification, poll, until, otherwise } = what;
  return {
    kind: 'waiting',
    ...(notification === undefined ? {} : { notification }),
    ...(poll === undefined ? {} : { pollAfterMs: durationMs(poll, 'waiting.poll') }),
    ...(until === undefined ? {} : untilOf(until)),
    ...(otherwise === undefined ? {} : { otherwise }),
  };
}

const untilOf = (until: Duration | Date): { untilMs: number } | { untilAt: number } =>
  until instanceof Date ? { untilAt: until.getTime() } : { untilMs: durationMs(until, 'waiting.until') };

/** @param options.after how long until the next poll, instead of the action's `polling.backoff` @throws Refused `duration-invalid` */
export const pending = (options: { after?: Duration } = {}): Pending => ({
  kind: 'pending',
  ...(options.after === undefined ? {} : { afterMs: durationMs(options.after, 'pending.after') }),
});
