import type { Clock } from '../../core/clock.ts';

/** How a promise did within its time. A promise that is late is not left alone: its later failure is nobody's surprise. */
export type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'late' };

/** Never rejects: waits for the promise, but no longer than `ms`. */
export function within<T>(clock: Clock, ms: number, promise: Promise<T>): Promise<Outcome<T>> {
  return new Promise((resolve) => {
    const timer = clock.after(ms, () => resolve({ kind: 'late' }));
    const settle = (outcome: Outcome<T>): void => {
      timer.cancel();
      resolve(outcome);
    };
    promise.then(
      (value) => settle({ kind: 'done', value }),
      (error: unknown) => settle({ kind: 'failed', error }),
    );
  });
}

/** What to tell of an error from the client library. */
export const problemOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The reply code of AMQP, e.g. 404 or 406, when the server named one. */
export function replyCodeOf(error: unknown): number | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'number' ? code : undefined;
}
