import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { performance } from 'node:perf_hooks';
import type { Clock, Random, Timer } from '../core/clock.ts';

/** The platform's longest timer; a longer one would fire at once, so longer waits are taken in legs. */
const LONGEST_LEG_MS = 2 ** 31 - 1;

const ID_BYTES = 10;

/**
 * The platform's time: the only place that asks for it. Its timers keep the process alive, so whoever starts one
 * cancels it when stopping; a forgotten one shows as a process that does not end, not as work silently dropped.
 */
export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  /** 0 or less: in the next turn of the event loop, without the platform's minimum of one millisecond. */
  after(ms: number, action: () => void): Timer {
    if (ms <= 0) {
      const immediate = setImmediate(action);
      return { cancel: () => clearImmediate(immediate) };
    }
    if (ms <= LONGEST_LEG_MS) {
      const timeout = setTimeout(action, ms);
      return { cancel: () => clearTimeout(timeout) };
    }
    let leg = this.after(LONGEST_LEG_MS, () => {
      leg = this.after(ms - LONGEST_LEG_MS, action);
    });
    return { cancel: () => leg.cancel() };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }
}

/** `Clock.sleep` in terms of `Clock.after`: for every implementation of `Clock`. */
export function sleepOn(clock: Pick<Clock, 'after'>, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const wake = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const timer = clock.after(ms, wake);
    if (!signal) return;
    // Any number may sleep on one signal, and each takes its listener back: without this, Node warns of a leak at the 11th.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', wake);
  });
}

/** Random bytes are fetched for this many ids at once: a call to the system for each attempt is felt on a busy line. */
const IDS_PER_FETCH = 256;

/** The platform's chance. */
export class SystemRandom implements Random {
  #bytes = Buffer.alloc(0);
  #used = 0;

  next(): number {
    return Math.random();
  }

  /** 80 bits: two of a billion ids are equal with a chance of one in two million. */
  id(): string {
    if (this.#used >= this.#bytes.length) {
      this.#bytes = randomBytes(IDS_PER_FETCH * ID_BYTES);
      this.#used = 0;
    }
    const from = this.#used;
    this.#used += ID_BYTES;
    return this.#bytes.toString('hex', from, this.#used);
  }
}
