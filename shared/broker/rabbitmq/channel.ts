import type { Channel, ChannelModel } from 'amqplib';
import type { Timer } from '../../core/clock.ts';
import { Backoff } from './backoff.ts';
import type { ConnectionListener, RabbitMqConnection } from './connection.ts';
import { problemOf, within } from './deadline.ts';
import type { Settings } from './options.ts';

/**
 * One channel on a connection, kept open: a state machine below that of the connection.
 *
 * ```
 *   absent ─▶ opening ─▶ open
 *     ▲         │  ▲       │
 *     │         ▼  │       ▼
 *     └──────── paused ◀───┘         any ─▶ closed
 * ```
 * | state | what it is | ends |
 * | --- | --- | --- |
 * | absent | there is no connection | the connection is up |
 * | opening | the channel is opened and set up | done, or failure; every `openMs` the connection is tried (H4) |
 * | open | in use | the server closes it, `retire()`, the connection is down |
 * | paused | before the next try | the pause, or the connection is down |
 * | closed | for good | never |
 *
 * Invariants:
 * - H1: at most one channel is current; what an earlier one still reports is ignored.
 * - H2: `opened` and `lost` are called alternately; `failed` between `lost` and `opened`.
 * - H3: a pause lasts at least 0.5 s: on RabbitMQ 3.10 a channel that is opened sooner after the death of a queue's leader
 *   is refused every message for ever.
 * - H4: a queue without a leader may keep a consumer waiting for long. That is no reason to break what its neighbours do on the
 *   same connection; a connection that opens no other channel within `openMs` either is given up.
 */
export type ChannelState = 'absent' | 'opening' | 'open' | 'paused' | 'closed';

const NEXT: Readonly<Record<ChannelState, readonly ChannelState[]>> = {
  absent: ['opening', 'closed'],
  opening: ['open', 'paused', 'absent', 'closed'],
  open: ['paused', 'absent', 'closed'],
  paused: ['opening', 'absent', 'closed'],
  closed: [],
};

/** What a channel is for. */
export interface ChannelPlan<C extends Channel> {
  /** For the log. */
  readonly purpose: string;
  create(model: ChannelModel): Promise<C>;
  /** Makes it usable. What it starts may call back before it has resolved. */
  setUp(channel: C): Promise<void>;
  opened(channel: C): void;
  /** The open channel is gone, with all that it had not acknowledged or confirmed. */
  lost?(error: unknown): void;
  /** The channel could not be opened and set up. */
  failed?(error: unknown): void;
}

const REOPEN = { minMs: 500, maxMs: 5_000 };
/** A channel that breaks sooner than this has not recovered: the pauses go on growing. */
const STABLE_MS = 10_000;

/** One opening and what came of it (H1). */
interface Tenure<C> {
  channel: C | undefined;
  openedAt: number;
}

export class SupervisedChannel<C extends Channel> implements ConnectionListener {
  private current: ChannelState = 'absent';
  private readonly connection: RabbitMqConnection;
  private readonly settings: Settings;
  private readonly plan: ChannelPlan<C>;
  private readonly backoff: Backoff;
  private tenure: Tenure<C> | undefined;
  private pauseTimer: Timer | undefined;
  private closing: Promise<void> | undefined;

  constructor(connection: RabbitMqConnection, settings: Settings, plan: ChannelPlan<C>) {
    this.connection = connection;
    this.settings = settings;
    this.plan = plan;
    this.backoff = new Backoff(REOPEN, settings.random);
    connection.listen(this);
  }

  get isOpen(): boolean {
    return this.current === 'open';
  }

  up(model: ChannelModel): void {
    if (this.current === 'absent') void this.open(model);
  }

  down(problem: string): void {
    if (this.current === 'closed' || this.current === 'absent') return;
    this.leave('absent', new Error(problem));
  }

  /** Gives the present channel up, and opens another after a pause. */
  retire(problem: string): void {
    const channel = this.tenure?.channel;
    if (channel === undefined) return;
    this.fail(new Error(problem));
    discard(channel);
  }

  /** Ends it within `ms`; what was written to the channel before is sent before. */
  close(ms: number): Promise<void> {
    this.closing ??= this.shutDown(ms);
    return this.closing;
  }

  private async open(model: ChannelModel): Promise<void> {
    const tenure: Tenure<C> = { channel: undefined, openedAt: 0 };
    this.tenure = tenure;
    this.enter('opening');
    const { clock, deadlines } = this.settings;
    const preparing = this.prepare(model, tenure);
    let outcome = await within(clock, deadlines.openMs, preparing);
    while (outcome.kind === 'late' && tenure === this.tenure) {
      this.settings.log('warn', 'a channel takes long to open', { channel: this.plan.purpose });
      if (!(await this.opensAnother(model)) && tenure === this.tenure) {
        this.connection.reset(`${this.plan.purpose}: no channel within ${deadlines.openMs} ms`);
      }
      outcome = await within(clock, deadlines.openMs, preparing);
    }
    if (tenure !== this.tenure) {
      // Closed meanwhile: what has been opened all the same must not go on to consume.
      if (tenure.channel !== undefined) discard(tenure.channel);
    } else if (outcome.kind === 'failed') {
      this.fail(outcome.error);
    } else if (outcome.kind === 'done') {
      tenure.openedAt = clock.monotonic();
      this.enter('open');
      this.plan.opened(outcome.value);
    }
  }

  private async opensAnother(model: ChannelModel): Promise<boolean> {
    const outcome = await within(this.settings.clock, this.settings.deadlines.openMs, model.createChannel());
    if (outcome.kind !== 'done') return false;
    outcome.value.on('error', () => {});
    discard(outcome.value);
    return true;
  }

  private async prepare(model: ChannelModel, tenure: Tenure<C>): Promise<C> {
    const channel = await this.plan.create(model);
    // First of all: an error without a listener would end the process.
    channel.on('error', (error: Error) => this.ended(tenure, error));
    channel.on('close', () => this.ended(tenure, new Error('the channel was closed')));
    tenure.channel = channel;
    await this.plan.setUp(channel);
    return channel;
  }

  private ended(tenure: Tenure<C>, error: Error): void {
    if (tenure !== this.tenure) return;
    // The loss of the connection closes its channels first, and is told a moment later: then it is no failure of this one.
    if (this.current === 'open' || this.current === 'opening') this.fail(error);
  }

  private fail(error: unknown): void {
    const { clock, log } = this.settings;
    const openedAt = this.tenure?.openedAt ?? 0;
    if (this.current === 'open' && clock.monotonic() - openedAt >= STABLE_MS) this.backoff.reset();
    const pauseMs = Math.round(this.backoff.nextMs());
    log('warn', 'lost a channel', { channel: this.plan.purpose, problem: problemOf(error), pauseMs });
    this.leave('paused', error);
    this.pauseTimer = clock.after(pauseMs, () => {
      const { model } = this.connection;
      if (model !== undefined) void this.open(model);
    });
  }

  private async shutDown(ms: number): Promise<void> {
    const channel = this.current === 'open' ? this.tenure?.channel : undefined;
    this.connection.unlisten(this);
    this.tenure = undefined;
    this.enter('closed');
    if (channel === undefined) return;
    // A broker that blocks the connection reads nothing from it, not even a goodbye.
    if (this.connection.state !== 'blocked') await within(this.settings.clock, ms, channel.close());
    this.plan.lost?.(new Error('closed'));
  }

  private leave(state: 'paused' | 'absent', error: unknown): void {
    const before = this.current;
    this.tenure = undefined;
    this.enter(state);
    if (before === 'open') this.plan.lost?.(error);
    else if (before === 'opening') this.plan.failed?.(error);
  }

  private enter(state: ChannelState): void {
    if (!NEXT[this.current].includes(state)) throw new Error(`A channel cannot go from ${this.current} to ${state}`);
    this.pauseTimer?.cancel();
    this.pauseTimer = undefined;
    this.current = state;
  }
}

/** Nobody waits for this goodbye: when the connection ends first, it rejects, and the channel is gone all the same. */
const discard = (channel: Channel): void => {
  channel.close().catch(() => {});
};
