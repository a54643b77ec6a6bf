import { setMaxListeners } from 'node:events';
import type { Clock, Timer } from '../../core/clock.ts';

/** Operations that begin within one slice share a signal. */
const SLICE_MS = 250;

interface Slice {
  readonly endsAt: number;
  readonly controller: AbortController;
  readonly timer: Timer;
}

/**
 * Bounds operations in time: each gets a signal that aborts between `limitMs` and `limitMs + 250` milliseconds later. The driver's own
 * `timeoutMS` has no effect, and its `socketTimeoutMS` does not end an operation that waits for a full socket to drain; a
 * signal ends both, and the connection with them. One signal per slice of time instead of one per operation saves a
 * timer and 30 µs each.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #open = new Set<Slice>();
  #current: Slice | undefined;

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.#limitMs = limitMs;
  }

  /** The signal for an operation that begins now. */
  signal(): AbortSignal {
    const now = this.#clock.monotonic();
    if (this.#current === undefined || now >= this.#current.endsAt) this.#current = this.#begin(now);
    return this.#current.controller.signal;
  }

  /** Forgets all timers; what is still on its way is not bounded any more. */
  close(): void {
    for (const slice of this.#open) slice.timer.cancel();
    this.#open.clear();
    this.#current = undefined;
  }

  #begin(now: number): Slice {
    const controller = new AbortController();
    // Many operations share it, each with listeners of its own: no leak, whatever the platform suspects.
    setMaxListeners(0, controller.signal);
    const timer = this.#clock.after(SLICE_MS + this.#limitMs, () => {
      this.#open.delete(slice);
      // The driver tells by the name whether it had already sent the command.
      controller.abort(new DOMException(`no answer within ${this.#limitMs} ms`, 'TimeoutError'));
    });
    const slice: Slice = { endsAt: now + SLICE_MS, controller, timer };
    this.#open.add(slice);
    return slice;
  }
}
