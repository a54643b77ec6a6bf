import type { Middleware } from '../performance.ts';

/** The reason with which a stopping or fenced process aborts what it performs. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/**
 * Lets the process interrupt what it performs. An action that then gives up has not failed: its attempt is given back. One that
 * completes all the same has completed.
 */
export const watchInterrupts =
  (performing: Set<AbortController>): Middleware =>
  (next) =>
  async (call) => {
    performing.add(call.controller);
    try {
      const performed = await next(call);
      const gaveUp = performed.kind === 'threw' || performed.kind === 'retry';
      return gaveUp && call.controller.signal.reason instanceof Interrupted ? { kind: 'interrupted' } : performed;
    } finally {
      performing.delete(call.controller);
    }
  };
