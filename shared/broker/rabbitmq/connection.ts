import type { ChannelModel } from 'amqplib';
import type { Timer } from '../../core/clock.ts';
import { Fatal } from '../../core/errors.ts';
import { Backoff } from './backoff.ts';
import { problemOf, within } from './deadline.ts';
import type { Dial } from './dial.ts';
import type { Purpose, Settings } from './options.ts';
import { coalesceWrites } from './write-coalescing.ts';

/**
 * One connection to RabbitMQ, kept up: a state machine with a limit on every state.
 *
 * ```
 *   idle ─▶ connecting ─▶ ready ◀─▶ blocked
 *              ▲  │         │          │
 *              │  ▼         ▼          ▼
 *            waiting ◀──────┴──────────┘          any ─▶ closing ─▶ closed
 * ```
 * | state | what it is | ends |
 * | --- | --- | --- |
 * | idle | not wanted yet | `start()` |
 * | connecting | socket, handshake | open, failure, or `connectMs` |
 * | ready | channels can be opened | loss, `reset()`; a silent peer by the heartbeat |
 * | blocked | the broker has an alarm and reads nothing more from it | `unblocked`, or as ready |
 * | waiting | a jittered pause before the next try | the pause |
 * | closing | the closing handshake | its end, or `closeMs` |
 * | closed | for good | never |
 *
 * Invariants:
 * - C1: at most one attempt is current; what an earlier one still reports is ignored.
 * - C2: an attempt that is given up has its socket destroyed: nothing of it stays behind, and nothing of it hangs.
 * - C3: `error` has a listener from the moment that a connection exists: no failure of a socket reaches the process.
 * - C4: listeners hear `up` and `down` alternately.
 */
export type ConnectionState = 'idle' | 'connecting' | 'ready' | 'blocked' | 'waiting' | 'closing' | 'closed';

const NEXT: Readonly<Record<ConnectionState, readonly ConnectionState[]>> = {
  idle: ['connecting', 'closed'],
  connecting: ['ready', 'waiting', 'closed'],
  ready: ['blocked', 'waiting', 'closing'],
  blocked: ['ready', 'waiting', 'closing'],
  waiting: ['connecting', 'closed'],
  closing: ['closed'],
  closed: [],
};

export interface ConnectionListener {
  up(model: ChannelModel): void;
  down(problem: string): void;
  /** An attempt to connect failed: what the broker answered, e.g. that it refuses the credentials. */
  failed?(problem: string): void;
  /** Only between `up` and `down`; `down` ends a block without a call. */
  blocked?(isBlocked: boolean): void;
}

/** What everything rejects with once the connections are closed on purpose. */
export const stopped = (): Fatal => new Fatal('stopped', { what: 'The connection to the broker' });

const RECONNECT = { minMs: 100, maxMs: 1_000 };
/** A connection that breaks sooner than this has not recovered: the pauses go on growing. */
const STABLE_MS = 5_000;

interface Attempt {
  readonly controller: AbortController;
  model: ChannelModel | undefined;
  readyAt: number;
}

export class RabbitMqConnection {
  readonly purpose: Purpose;
  private current: ConnectionState = 'idle';
  private readonly settings: Settings;
  private readonly dial: Dial;
  private readonly backoff: Backoff;
  private readonly listeners = new Set<ConnectionListener>();
  private attempt: Attempt | undefined;
  private stateTimer: Timer | undefined;
  private closed: Promise<void> | undefined;

  constructor(purpose: Purpose, settings: Settings, dial: Dial) {
    this.purpose = purpose;
    this.settings = settings;
    this.dial = dial;
    this.backoff = new Backoff(RECONNECT, settings.random);
  }

  get state(): ConnectionState {
    return this.current;
  }

  /** The connection, while it can be used (blocked included). */
  get model(): ChannelModel | undefined {
    return this.current === 'ready' || this.current === 'blocked' ? this.attempt?.model : undefined;
  }

  /** Begins to connect. Calls after the first have no effect. */
  start(): void {
    if (this.current === 'idle') this.connect();
  }

  /** Tells a listener of every change from now on; of an open connection at once. */
  listen(listener: ConnectionListener): void {
    this.listeners.add(listener);
    if (this.model !== undefined) listener.up(this.model);
  }

  unlisten(listener: ConnectionListener): void {
    this.listeners.delete(listener);
  }

  /** Gives the present connection up: something on it hangs or makes no sense. */
  reset(problem: string): void {
    if (this.attempt !== undefined) this.lost(this.attempt, problem);
  }

  /** Closes within `ms`, then the socket is destroyed. Close the channels first: they may hold unsent acknowledgements. */
  close(ms: number): Promise<void> {
    this.closed ??= this.shutDown(ms);
    return this.closed;
  }

  private connect(): void {
    const attempt: Attempt = { controller: new AbortController(), model: undefined, readyAt: 0 };
    this.attempt = attempt;
    this.enter('connecting');
    const { connectMs } = this.settings.deadlines;
    this.stateTimer = this.settings.clock.after(connectMs, () =>
      this.lost(attempt, `no connection within ${connectMs} ms`),
    );
    this.dial(attempt.controller.signal).then(
      (model) => this.connected(attempt, model),
      (error: unknown) => this.lost(attempt, problemOf(error)),
    );
  }

  private connected(attempt: Attempt, model: ChannelModel): void {
    // First of all (C3). A connection that the server closes in good order reports no error, but closes.
    model.on('error', (error: Error) => this.lost(attempt, error.message));
    model.on('close', (error?: Error) => this.lost(attempt, error?.message ?? 'closed'));
    if (attempt !== this.attempt || this.current !== 'connecting') return;
    model.on('blocked', (reason: string) => this.block(attempt, reason));
    model.on('unblocked', () => this.unblock(attempt));
    coalesceWrites(model);
    attempt.model = model;
    attempt.readyAt = this.settings.clock.monotonic();
    this.enter('ready');
    this.settings.log('info', 'connected to RabbitMQ', { connection: this.purpose });
    this.tell((listener) => listener.up(model));
  }

  private block(attempt: Attempt, reason: string): void {
    if (attempt !== this.attempt || this.current !== 'ready') return;
    this.enter('blocked');
    this.settings.log('warn', 'RabbitMQ blocks the connection', { connection: this.purpose, reason });
    this.tell((listener) => listener.blocked?.(true));
  }

  private unblock(attempt: Attempt): void {
    if (attempt !== this.attempt || this.current !== 'blocked') return;
    this.enter('ready');
    this.settings.log('info', 'RabbitMQ unblocks the connection', { connection: this.purpose });
    this.tell((listener) => listener.blocked?.(false));
  }

  private lost(attempt: Attempt, problem: string): void {
    if (attempt !== this.attempt || this.current === 'closing') return;
    const wasUp = this.model !== undefined;
    if (wasUp && this.settings.clock.monotonic() - attempt.readyAt >= STABLE_MS) this.backoff.reset();
    this.attempt = undefined;
    this.enter('waiting');
    attempt.controller.abort();
    const pauseMs = Math.round(this.backoff.nextMs());
    this.settings.log('warn', 'no connection to RabbitMQ', { connection: this.purpose, problem, pauseMs });
    this.stateTimer = this.settings.clock.after(pauseMs, () => this.connect());
    this.tell((listener) => (wasUp ? listener.down(problem) : listener.failed?.(problem)));
  }

  private async shutDown(ms: number): Promise<void> {
    const { attempt, model } = this;
    if (model !== undefined) {
      this.enter('closing');
      // When the connection breaks meanwhile, `close` never answers, but the event comes.
      const ended = new Promise((resolve) => {
        model.once('close', resolve);
      });
      await within(this.settings.clock, ms, Promise.race([model.close(), ended]));
    }
    this.attempt = undefined;
    this.enter('closed');
    attempt?.controller.abort();
    if (model !== undefined) this.tell((listener) => listener.down('closed'));
  }

  private tell(call: (listener: ConnectionListener) => void): void {
    // A copy: a listener may come or go within its own call, and a newcomer is told by `listen`.
    const listeners = Array.from(this.listeners);
    for (const listener of listeners) call(listener);
  }

  private enter(state: ConnectionState): void {
    if (!NEXT[this.current].includes(state)) throw new Error(`A connection cannot go from ${this.current} to ${state}`);
    this.stateTimer?.cancel();
    this.stateTimer = undefined;
    this.current = state;
    this.settings.onState(this.purpose, state);
  }
}
