// A worker's right to act under its identity: renewed each second in the journal, lost for good when it could not be renewed in
// time. The process finds that out before any other process may record its death.
import type { Clock, Timer } from '../core/clock.ts';
import { Fatal, Unavailable } from '../core/errors.ts';
import type { Journal } from '../journal/journal.ts';
import type { WorkerRecord } from '../journal/records.ts';
import { type KnownIntents, MOST_KNOWN } from './known-intents.ts';
import type { Log } from './log.ts';
import type { Service } from './service.ts';

/** Every worker renews its heartbeat this often. */
export const HEARTBEAT_MS = 1_000;

/** Pause before the heartbeat's removal is tried again. */
const LEAVE_AGAIN_MS = 100;

/** A process gives itself up this long before the others may: room for a slow turn of its event loop. */
export const fenceAfterMs = (timeoutMs: number): number => timeoutMs - Math.max(500, timeoutMs / 10);

/** The least that fencing leaves of any timeout: within it a process that lost its right must be gone. */
export const LEAST_MARGIN_MS = -fenceAfterMs(0);

export interface LivenessOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
  readonly worker: WorkerRecord;
  /** LIVENESS_TIMEOUT, milliseconds. */
  readonly timeoutMs: number;
  /** The process's copy of the open requests for cancellation. */
  readonly intents: KnownIntents;
}

/**
 * A worker process's right to act under its name.
 *
 *   joining → alive → left       a clean stop removes the heartbeat last, after everything is settled
 *                   ↘ lost       could not renew in time, or was told that its death is recorded
 *
 * L1  While `alive`, no other process can have recorded its death: each counts from a renewal's receipt by the
 *     database, this one counts from the moment before it was sent, on a clock that does not jump, and less.
 * L2  A heartbeat lists open requests for cancellation that the process knows of already, the first heartbeat included: read them,
 *     make them known, and only then write. In any other order a step could begin after the request's grace period.
 * L3  `lost` is for good. `ended` aborts with it, and with that everything that acts under this name.
 */
export class Liveness implements Service {
  readonly #options: LivenessOptions;
  readonly #ended = new AbortController();
  #state: 'new' | 'joining' | 'alive' | 'left' | 'lost' = 'new';
  #renewedAt = 0;
  #heartbeat: Timer | undefined;
  #fence: Timer | undefined;
  #onLost: (error: Fatal) => void = () => {};

  constructor(options: LivenessOptions) {
    this.#options = options;
  }

  get started(): boolean {
    return this.#state === 'alive';
  }

  /** Aborts when this process may not act any more; the reason is the Fatal. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  get workerId(): string {
    return this.#options.worker._id;
  }

  /** Called once, when the right is lost. */
  onLost(action: (error: Fatal) => void): void {
    this.#onLost = action;
  }

  async start(): Promise<void> {
    if (this.#state !== 'new') return;
    this.#state = 'joining';
    const { journal, clock, worker } = this.#options;
    const intents = await this.#learnIntents();
    const sentAt = clock.monotonic();
    await journal.join(worker, intents);
    this.#becomeAlive(sentAt);
  }

  /** Removes the heartbeat. Only after every attempt is settled. */
  async stop(): Promise<void> {
    if (this.#state !== 'alive') return;
    this.#stopTimers();
    this.#state = 'left';
    await this.#leave();
    this.#ended.abort(this.#stopped());
  }

  /** Ends without a word, as a killed process does; for a stop that could not settle everything. */
  abandon(): void {
    this.#stopTimers();
    if (this.#state === 'alive') this.#state = 'lost';
    this.#ended.abort(this.#stopped());
  }

  /**
   * Asks the clock, not the timers: a process that was paused finds out here before any timer has run.
   * @throws Fatal `liveness-lost`, or `stopped` after a stop
   */
  mayAct(): void {
    if (this.#state === 'alive') {
      if (this.#options.clock.monotonic() - this.#renewedAt < fenceAfterMs(this.#options.timeoutMs)) return;
      this.#lose();
    }
    throw this.#ended.signal.reason instanceof Fatal ? this.#ended.signal.reason : this.#stopped();
  }

  #becomeAlive(sentAt: number): void {
    this.#state = 'alive';
    this.#extend(sentAt);
    this.#beat();
  }

  #extend(sentAt: number): void {
    if (this.#state !== 'alive' || sentAt < this.#renewedAt) return;
    this.#renewedAt = sentAt;
    this.#fence?.cancel();
    const left = sentAt + fenceAfterMs(this.#options.timeoutMs) - this.#options.clock.monotonic();
    this.#fence = this.#options.clock.after(Math.max(0, left), () => this.#lose());
  }

  /** A renewal that hangs does not hold up the next one: each second sends its own. */
  #beat(): void {
    this.#heartbeat = this.#options.clock.after(HEARTBEAT_MS, () => {
      this.#beat();
      void this.#renew();
    });
  }

  async #renew(): Promise<void> {
    const { journal, clock } = this.#options;
    try {
      const intents = await this.#learnIntents();
      const sentAt = clock.monotonic();
      if (await journal.renew(this.workerId, intents)) this.#extend(sentAt);
      else this.#lose();
    } catch (error) {
      this.#options.log.warn({ err: error, worker: this.workerId }, 'heartbeat not renewed');
    }
  }

  /** Resolves to the ids that may be listed now. */
  async #learnIntents(): Promise<readonly string[]> {
    const { journal, intents } = this.#options;
    const asked = intents.ask();
    intents.learn(asked, await journal.openIntents(MOST_KNOWN));
    return intents.ids;
  }

  /** A heartbeat that stays would only be judged in vain: beyond its time the journal's absence is not waited for. */
  async #leave(): Promise<void> {
    const { journal, clock, timeoutMs } = this.#options;
    const end = this.#renewedAt + timeoutMs;
    for (;;) {
      try {
        return await journal.leave(this.workerId);
      } catch (error) {
        if (!(error instanceof Unavailable) || clock.monotonic() >= end) throw error;
      }
      await clock.sleep(LEAVE_AGAIN_MS);
    }
  }

  #lose(): void {
    if (this.#state !== 'alive') return;
    this.#state = 'lost';
    this.#stopTimers();
    const error = new Fatal('liveness-lost', { worker: this.workerId, timeoutMs: this.#options.timeoutMs });
    this.#ended.abort(error);
    this.#onLost(error);
  }

  #stopped(): Fatal {
    return new Fatal('stopped', { what: `Worker ${this.workerId}` });
  }

  #stopTimers(): void {
    this.#heartbeat?.cancel();
    this.#fence?.cancel();
  }
}
