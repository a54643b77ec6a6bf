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

/** Everything an action can say. There is no other way to say what happened; a thrown error is `retry`. */
export type Outcome<Changes = JsonObject, Code extends string = string> = Completed<Changes> | Failed<Code> | Retry;

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
