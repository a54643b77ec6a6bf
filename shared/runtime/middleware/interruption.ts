import type { Abortable } from '../abort-handle.ts';
import type { Middleware } from '../performer.ts';

/** The reason with which a stopping or fenced process aborts what it performs. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** The calls of actions that are under way in one process, so that all of them can be interrupted. */
export class CallsUnderWay {
  readonly #controllers = new Set<Abortable>();
  #interruption: Interrupted | undefined;

  get size(): number {
    return this.#controllers.size;
  }

  /** Aborts every signal, and from now on each one that comes: what was claimed a moment ago would otherwise begin. */
  interrupt(why: string): void {
    this.#interruption = new Interrupted(why);
    for (const controller of this.#controllers) controller.abort(this.#interruption);
  }

  /** False: it must not begin. */
  enter(controller: Abortable): boolean {
    if (this.#interruption) return false;
    this.#controllers.add(controller);
    return true;
  }

  leave(controller: Abortable): void {
    this.#controllers.delete(controller);
  }
}

/**
 * Lets the process interrupt what it performs. An action that then gives up has not failed: its attempt is given back. One that
 * completes all the same has completed.
 */
export const watchInterrupts =
  (callsUnderWay: CallsUnderWay): Middleware =>
  (next) =>
  async (call) => {
    if (!callsUnderWay.enter(call.controller)) return { kind: 'interrupted' };
    try {
      const performed = await next(call);
      const gaveUp = performed.kind === 'threw' || performed.kind === 'retry';
      return gaveUp && call.controller.signal.reason instanceof Interrupted ? { kind: 'interrupted' } : performed;
    } finally {
      callsUnderWay.leave(call.controller);
    }
  };
