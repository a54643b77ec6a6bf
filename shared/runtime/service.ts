import { setMaxListeners } from 'node:events';
import { Fatal } from '../core/errors.ts';

/** Everything long-lived in a process. */
export interface Service {
  /** Resolves when it works. When it rejects, nothing of it is left running. */
  start(): Promise<void>;
  /** Resolves when it has given back all it held. Legal at any time: before the start, during it, and twice. */
  stop(): Promise<void>;
  /** Whether it works: started, and not asked to stop. */
  readonly started: boolean;
}

/** Resolves or rejects as `awaited` does, unless the signal aborts first: then nobody waits for it any more, and it may end later. */
export function orAborted<T>(awaited: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    // One start waits for many: a worker's stations alone are more than Node takes for a leak.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', abort, { once: true });
    awaited.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/**
 * A service that can be started and stopped in any order, by any number of callers at once, and again after a stop.
 *
 *   stopped → starting → started → stopping → stopped
 *
 * V1  `onStart` and `onStop` never overlap: each call waits for the turn of those before it.
 * V2  A stop overtakes the starts before it: the one under way is told by its signal, and may end either way; those
 *     that still wait reject with Fatal `stopped`. After the stop nothing runs, whichever way they ended.
 */
export abstract class BaseService implements Service {
  #started = false;
  #turn: Promise<void> = Promise.resolve();
  readonly #startsBefore = new Set<AbortController>();

  get started(): boolean {
    return this.#started;
  }

  start(): Promise<void> {
    const overtaken = new AbortController();
    this.#startsBefore.add(overtaken);
    return this.#inTurn(async () => {
      try {
        if (this.#started) return;
        overtaken.signal.throwIfAborted();
        await this.onStart(overtaken.signal);
        this.#started = true;
      } finally {
        this.#startsBefore.delete(overtaken);
      }
    });
  }

  stop(): Promise<void> {
    for (const start of this.#startsBefore) start.abort(new Fatal('stopped', { what: this.constructor.name }));
    return this.#inTurn(async () => {
      if (!this.#started) return;
      this.#started = false;
      await this.onStop();
    });
  }

  /** Begins to work. May give up when `signal` aborts; when it rejects, it has cleaned up behind itself. */
  protected abstract onStart(signal: AbortSignal): Promise<void>;
  /** Gives back all that it holds. In bounded time. */
  protected abstract onStop(): Promise<void>;

  #inTurn(act: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(act);
    this.#turn = turn.catch(() => {}); // the caller is told; the next turn does not depend on it
    return turn;
  }
}
