import type { Clock, Timer } from '../core/clock.ts';
import { SystemClock, sleepOn } from '../runtime/clock.ts';

const platform = new SystemClock();

interface Entry {
  readonly at: number;
  /** Breaks ties: timers of one instant fire in the order of their creation. */
  readonly order: number;
  action: (() => void) | undefined;
}

const isBefore = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** Everything that has been set in motion by promises has come to rest when this resolves. Real I/O is not awaited. */
export const settle = (): Promise<void> =>
  new Promise((resolve) => {
    platform.after(0, resolve);
  });

/**
 * Time that stands still until a test moves it. Timers fire in order of time, then of creation; between two of them all
 * microtasks come to rest. So a run is a function of its inputs, and hours of it take no time.
 */
export class VirtualClock implements Clock {
  private elapsed = 0;
  private wallOffset: number;
  private created = 0;
  /** A binary heap: the next timer first. */
  private readonly heap: Entry[] = [];

  /** @param startsAt the wall clock's time at the beginning, milliseconds since 1970. */
  constructor(startsAt: number = Date.UTC(2026, 0, 1)) {
    this.wallOffset = startsAt;
  }

  /** Whole milliseconds, as the platform's. */
  now(): number {
    return Math.floor(this.wallOffset + this.elapsed);
  }

  monotonic(): number {
    return this.elapsed;
  }

  after(ms: number, action: () => void): Timer {
    const entry: Entry = { at: this.elapsed + Math.max(0, ms), order: this.created++, action };
    this.push(entry);
    return {
      cancel: () => {
        entry.action = undefined;
      },
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  /** The wall clock alone jumps, as when an administrator sets it; no timer notices. */
  jumpWall(ms: number): void {
    this.wallOffset += ms;
  }

  /** Milliseconds until the next timer; undefined when none is set. */
  get untilNext(): number | undefined {
    this.dropCancelled();
    const next = this.heap[0];
    return next === undefined ? undefined : next.at - this.elapsed;
  }

  /** Moves time on by `ms`, and fires what is due on the way. Rejects with what a timer's action throws. */
  async advance(ms: number): Promise<void> {
    const end = this.elapsed + ms;
    await settle();
    while ((this.untilNext ?? Infinity) <= end - this.elapsed) {
      this.fireNext();
      await settle();
    }
    this.elapsed = end;
  }

  /**
   * Moves time on, timer by timer, until the condition holds. Time then stands at the timer that made it true.
   * @throws Error when `limitMs` have passed or no timer is left, and the condition does not hold
   */
  async runUntil(condition: () => boolean, limitMs: number): Promise<void> {
    const end = this.elapsed + limitMs;
    await settle();
    while (!condition()) {
      const wait = this.untilNext;
      if (wait === undefined)
        throw new Error(`Nothing is left to happen at ${this.elapsed} ms, and the condition does not hold`);
      if (this.elapsed + wait > end) throw new Error(`The condition did not come to hold within ${limitMs} ms`);
      this.fireNext();
      await settle();
    }
  }

  /** Time passes and nothing fires; not beyond the next timer, or that one is late. */
  pass(ms: number): void {
    this.elapsed += ms;
  }

  /** Time goes on to the next timer, which fires. */
  fireNext(): void {
    const entry = this.pop();
    if (entry === undefined) return;
    this.elapsed = Math.max(this.elapsed, entry.at);
    entry.action?.();
  }

  private dropCancelled(): void {
    while (this.heap[0] !== undefined && this.heap[0].action === undefined) this.pop();
  }

  private push(entry: Entry): void {
    const { heap } = this;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || isBefore(parent, entry)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = entry;
  }

  private pop(): Entry | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    let index = 0;
    for (;;) {
      const leftIndex = 2 * index + 1;
      const left = heap[leftIndex];
      if (left === undefined) break;
      const right = heap[leftIndex + 1];
      const [childIndex, child] =
        right !== undefined && isBefore(right, left) ? [leftIndex + 1, right] : [leftIndex, left];
      if (isBefore(last, child)) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = last;
    return first;
  }
}
