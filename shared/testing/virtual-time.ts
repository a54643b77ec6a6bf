import type { Clock } from '../core/clock.ts';
import { sleepOn } from '../runtime/clock.ts';
import type { ActionCalls } from './action-calls.ts';
import type { LineTime } from './line-time.ts';
import type { Traffic } from './traffic.ts';
import { settle, VirtualClock } from './virtual-clock.ts';

/** After something moved, whatever follows from it has begun within this: a heartbeat, a round of the steward's. */
const CALM_MS = 1_500;

/**
 * After a fault, and when something is due that no message tells of, the line is lived through in full for so long: longer than what
 * the steward does about it may take to begin.
 */
const WATCHED_MS = 120_000;

/** After time has been moved on, what has just come due is waited for as long: the steward looks for it from time to time. */
const LOOKED_FOR_MS = 30_000;

/** No promise of the line's own takes longer, virtual milliseconds. */
const PATIENCE_MS = 60_000;

export interface VirtualTimeOptions {
  readonly calls: ActionCalls;
  /** Times at which the steward begins to act without a message, milliseconds since 1970, in any order. */
  dues(): Iterable<number>;
}

/**
 * Time that moves only when the test moves it. There are two clocks, which go together: the servers' (messages that rest on the delay ladder)
 * and the processes' (heartbeats, rounds). On a line where nothing moves, the processes and the heartbeats that the database keeps
 * are put to sleep, as on a computer whose lid is closed, and the servers' time goes on at once to what is next: so thirty days
 * of waiting take no longer than their events.
 */
export class VirtualTime implements LineTime {
  /** What the servers live by. */
  readonly servers = new VirtualClock();
  /** What the processes live by; elapsed time that was slept through does not count. */
  readonly processes: Clock;
  readonly #own = new VirtualClock();
  readonly #options: VirtualTimeOptions;
  #traffic: Traffic | undefined;
  #watchedUntil = 0;

  constructor(options: VirtualTimeOptions) {
    this.#options = options;
    const own = this.#own;
    // In whole milliseconds, as the platform's timers: sums of fractions would miss the instants that people name.
    const after: Clock['after'] = (ms, action) => own.after(Math.ceil(ms), action);
    this.processes = {
      now: () => this.servers.now(),
      monotonic: () => own.monotonic(),
      after,
      sleep: (ms, signal) => sleepOn({ after }, ms, signal),
    };
  }

  /** Whose quietness lets time be skipped. */
  watch(traffic: Traffic): void {
    this.#traffic = traffic;
  }

  async advance(ms: number): Promise<void> {
    const end = this.servers.monotonic() + ms;
    await this.#goTo(end);
    if (this.#isDueWithin(LOOKED_FOR_MS)) await this.#goTo(end + LOOKED_FOR_MS);
  }

  async settle(): Promise<void> {
    do await this.#rest();
    while (this.#fireWithin(0));
  }

  async until<T>(promise: Promise<T>): Promise<T> {
    const settled = { isSo: false };
    const over = (): void => {
      settled.isSo = true;
    };
    promise.then(over, over);
    const end = this.servers.monotonic() + PATIENCE_MS;
    await this.#rest();
    while (!settled.isSo && this.#fireWithin(end - this.servers.monotonic())) await this.#rest();
    if (!settled.isSo) throw new Error(`the line did not come to that within ${PATIENCE_MS} ms of its time`);
    return promise;
  }

  async holds(check: () => Promise<boolean>): Promise<boolean> {
    await this.settle();
    return check();
  }

  struck(): void {
    this.#watchedUntil = this.#own.monotonic() + WATCHED_MS;
  }

  troubled(): void {
    this.struck();
  }

  async #goTo(end: number): Promise<void> {
    for (;;) {
      await this.#rest();
      const left = end - this.servers.monotonic();
      if (!this.#skip(left) && !this.#fireWithin(left)) break;
    }
    this.#pass(Math.max(0, end - this.servers.monotonic()));
    await this.settle();
  }

  /** Everything that needs no time has happened. */
  async #rest(): Promise<void> {
    await settle();
    while (this.#options.calls.areUnderWay) {
      await this.#options.calls.next();
      await settle();
    }
  }

  /** Puts the processes to sleep until something is due. False: they must be awake, or something is due now. */
  #skip(left: number): boolean {
    if (this.#own.monotonic() < this.#watchedUntil || !this.#traffic?.isQuietFor(CALM_MS)) return false;
    const due = this.#untilDue();
    const skipped = Math.min(left, due, this.servers.untilNext ?? Infinity);
    if (skipped <= 0) return false;
    this.servers.pass(skipped);
    if (skipped === due) this.struck();
    return true;
  }

  /** Fires the next timer of either clock, unless it is later than that. */
  #fireWithin(ms: number): boolean {
    const ofServers = this.servers.untilNext ?? Infinity;
    const ofProcesses = this.#own.untilNext ?? Infinity;
    const next = Math.max(0, Math.min(ofServers, ofProcesses));
    if (next > ms) return false;
    const [first, other] = ofServers <= ofProcesses ? [this.servers, this.#own] : [this.#own, this.servers];
    other.pass(next);
    first.fireNext();
    return true;
  }

  #pass(ms: number): void {
    this.servers.pass(ms);
    this.#own.pass(ms);
  }

  #untilDue(): number {
    const now = this.servers.now();
    let least = Infinity;
    for (const due of this.#options.dues()) if (due > now && due - now < least) least = due - now;
    return least;
  }

  #isDueWithin(lastMs: number): boolean {
    const now = this.servers.now();
    for (const due of this.#options.dues()) if (due <= now && due > now - lastMs) return true;
    return false;
  }
}
