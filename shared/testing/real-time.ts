import type { Clock } from '../core/clock.ts';
import type { LineTime } from './line-time.ts';
import type { Traffic } from './traffic.ts';

/** Nothing moved for so long: longer than a message takes, and than the shortest delay on the ladder and its rounding up. */
const QUIET_MS = 300;
/** A line that does not come to rest within this has something that keeps it busy. */
const RESTLESS_MS = 30_000;
/** What a test states is waited for as long. */
const HOLDS_WITHIN_MS = 15_000;
const LOOK_EVERY_MS = 20;
/** Nobody waits longer for one call of `advance`: beyond it, a test wants a larger time scale. */
const LONGEST_ADVANCE_MS = 60_000;

export interface RealTimeOptions {
  readonly clock: Clock;
  readonly traffic: Traffic;
  readonly scale: number;
  /** Until the others take over what a killed worker held, milliseconds. */
  readonly takeoverMs: number;
}

/** The servers' own time: it passes by itself, so moving it on is waiting, by the time scale. */
export class RealTime implements LineTime {
  readonly #options: RealTimeOptions;
  #troubledUntil = 0;

  constructor(options: RealTimeOptions) {
    this.#options = options;
  }

  async advance(ms: number): Promise<void> {
    const { clock, scale } = this.#options;
    const scaled = ms / scale;
    if (scaled > LONGEST_ADVANCE_MS) {
      const needed = Math.ceil(ms / LONGEST_ADVANCE_MS);
      throw new Error(
        `real servers cannot be moved on by ${ms} ms: with a time scale of ${scale} that is ${Math.round(scaled / 1_000)} s of waiting, ` +
          `and ${LONGEST_ADVANCE_MS / 1_000} s are the most. Give testLine a timeScale of at least ${needed}, or let this test run in memory only`,
      );
    }
    await clock.sleep(Math.max(scaled, this.#troubledUntil - clock.monotonic()));
    await this.settle();
  }

  async settle(): Promise<void> {
    const { clock, traffic } = this.#options;
    const end = clock.monotonic() + RESTLESS_MS;
    while (!traffic.isQuietFor(QUIET_MS)) {
      if (clock.monotonic() > end) throw new Error(`the line did not come to rest within ${RESTLESS_MS} ms`);
      await clock.sleep(LOOK_EVERY_MS);
    }
  }

  until<T>(promise: Promise<T>): Promise<T> {
    return promise;
  }

  async holds(check: () => Promise<boolean>): Promise<boolean> {
    const { clock } = this.#options;
    const end = clock.monotonic() + HOLDS_WITHIN_MS;
    while (!(await check())) {
      if (clock.monotonic() > end) return false;
      await clock.sleep(LOOK_EVERY_MS);
    }
    return true;
  }

  struck(): void {}

  troubled(): void {
    const { clock, takeoverMs } = this.#options;
    this.#troubledUntil = clock.monotonic() + takeoverMs;
  }
}
