import { type ConfirmChannel, IllegalOperationError, type Message, type Options } from 'amqplib';
import type { Timer } from '../../core/clock.ts';
import { Refused, Unavailable } from '../../core/errors.ts';
import type { OutgoingMessage, Publisher } from '../broker.ts';
import { SupervisedChannel } from './channel.ts';
import { type RabbitMqConnection, stopped } from './connection.ts';
import { problemOf, replyCodeOf } from './deadline.ts';
import type { MissingExchanges } from './missing-exchanges.ts';
import type { Settings } from './options.ts';

/** A publish under way. The times of all of them are equally long, so the oldest is always the next to be overdue. */
interface Pending {
  readonly message: OutgoingMessage;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  readonly dueAt: number;
  isReturned: boolean;
}

/** How many may wait for a connection: a process that publishes without bounds is told so instead of growing. */
const WAITING_MAX = 20_000;
/** Overdue publishes are looked for this many times within their time. */
const SWEEPS_PER_DEADLINE = 20;
const NOT_FOUND = 404;

/**
 * Publishes on one confirm channel. Each publish is in one of two places until it is answered:
 * - `waiting`: not sent, because there is no open channel, the broker blocks the connection, or the write buffer is
 *   full. Ends by being sent, or overdue as `broker-unavailable`.
 * - `sent`: ends by its confirm; by the loss of the channel, a refusal (nack), or overdue, all of them as `publish-unknown`.
 *
 * Invariants:
 * - P1: publishes are sent in the order of their calls: whenever sending becomes possible, all that waits is sent first.
 * - P2: a message that cannot be routed comes back before its confirm, so a confirm of what has come back means "unroutable".
 * - P3: after a nack the channel is not used again (see `channel.ts`, H3), nor is one that has confirmed nothing for as
 *   long as a publish may take.
 * - P4: nothing is per message but its entry and its callback: one timer looks after all deadlines, and only while it is needed.
 */
export class RabbitMqPublisher implements Publisher {
  /** By the monotonic clock; undefined while it is not ready. */
  readySince: number | undefined;
  private readonly settings: Settings;
  private readonly missing: MissingExchanges;
  private readonly supervised: SupervisedChannel<ConfirmChannel>;
  private readonly waiting = new Set<Pending>();
  private readonly sent = new Set<Pending>();
  private channel: ConfirmChannel | undefined;
  private isBlocked = false;
  private isBufferFull = false;
  private isClosing = false;
  private problem = 'not connected yet';
  private sweepTimer: Timer | undefined;
  /** Of the current sweep period (P3). */
  private hasConfirmed = false;
  private silentSince = 0;
  private drained: (() => void) | undefined;

  constructor(connection: RabbitMqConnection, settings: Settings, missing: MissingExchanges) {
    this.settings = settings;
    this.missing = missing;
    connection.listen({
      up: () => {
        this.isBlocked = connection.state === 'blocked';
      },
      down: (problem) => {
        this.problem = problem;
      },
      failed: (problem) => {
        this.problem = problem;
      },
      blocked: (isBlocked) => {
        this.isBlocked = isBlocked;
        this.checkReady();
        this.problem = 'the broker has an alarm and blocks publishing';
        this.flush();
      },
    });
    this.supervised = new SupervisedChannel<ConfirmChannel>(connection, settings, {
      purpose: 'publishing',
      create: (model) => model.createConfirmChannel(),
      setUp: async (channel) => this.listenTo(channel),
      opened: (channel) => this.opened(channel),
      lost: (error) => this.lost(error),
    });
  }

  get isReady(): boolean {
    return this.readySince !== undefined;
  }

  publish(message: OutgoingMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.isClosing) {
        reject(stopped());
        return;
      }
      const dueAt = this.settings.clock.monotonic() + this.settings.deadlines.publishMs;
      const pending: Pending = { message, resolve, reject, dueAt, isReturned: false };
      if (this.canSend) this.send(pending);
      else this.wait(pending);
      if (this.sweepTimer === undefined) this.beginSweeping();
    });
  }

  /** Takes nothing more; resolves when everything is answered. Each publish is in bounded time. */
  drain(): Promise<void> {
    this.isClosing = true;
    return new Promise((resolve) => {
      this.drained = resolve;
      this.checkDrained();
    });
  }

  /** Answers what is left, and closes the channel within `ms`. */
  async close(ms: number): Promise<void> {
    this.isClosing = true;
    this.problem = 'closed';
    for (const pending of this.waiting) this.giveUpWaiting(pending);
    await this.supervised.close(ms);
    this.sweepTimer?.cancel();
  }

  private get canSend(): boolean {
    return this.channel !== undefined && !this.isBlocked && !this.isBufferFull;
  }

  private wait(pending: Pending): void {
    if (this.waiting.size >= WAITING_MAX) this.giveUpWaiting(pending);
    else this.waiting.add(pending);
  }

  private flush(): void {
    for (const pending of this.waiting) {
      if (!this.canSend) return;
      this.waiting.delete(pending);
      this.send(pending);
    }
  }

  private send(pending: Pending): void {
    const { channel } = this;
    const { message } = pending;
    if (channel === undefined) {
      this.answer(pending, new Unavailable('broker-unavailable', { problem: this.problem }));
      return;
    }
    if (this.missing.has(message.exchange)) {
      this.answer(pending, new Unavailable('exchange-missing', { exchange: message.exchange }));
      return;
    }
    this.sent.add(pending);
    try {
      // False: it was taken, but the buffer is full now.
      this.isBufferFull = !channel.publish(
        message.exchange,
        message.routingKey,
        message.body,
        propertiesOf(message),
        (error: unknown) => this.confirmed(pending, error),
      );
    } catch (error) {
      this.sent.delete(pending);
      this.refused(pending, error);
    }
  }

  /** The library throws before anything is written: for what it cannot encode, and on a channel that is closing. */
  private refused(pending: Pending, error: unknown): void {
    const problem = problemOf(error);
    if (error instanceof IllegalOperationError) {
      this.answer(pending, new Unavailable('broker-unavailable', { problem }));
    } else {
      this.answer(pending, new Refused('message-invalid', { exchange: pending.message.exchange, problem }));
    }
  }

  private confirmed(pending: Pending, error: unknown): void {
    this.hasConfirmed = true;
    // Overdue, and answered, before.
    if (!this.sent.delete(pending)) return;
    if (error !== null && error !== undefined) this.answer(pending, unknownOutcome(pending, problemOf(error)));
    else if (pending.isReturned) this.answer(pending, new Unavailable('publish-unroutable', routeOf(pending)));
    else this.answer(pending);
  }

  private answer(pending: Pending, error?: Error): void {
    if (error === undefined) pending.resolve();
    else pending.reject(error);
    if (this.drained !== undefined) this.checkDrained();
  }

  private checkDrained(): void {
    if (this.waiting.size === 0 && this.sent.size === 0) this.drained?.();
  }

  private listenTo(channel: ConfirmChannel): void {
    channel.on('return', (message: Message) => this.returned(message));
    // After the callbacks of the messages that were refused.
    channel.on('nack', () => {
      if (channel === this.channel) this.supervised.retire('the broker refused a message (nack)');
    });
    channel.on('drain', () => {
      if (channel !== this.channel) return;
      this.isBufferFull = false;
      this.flush();
    });
  }

  /** Returns come in the order of the publishes: of equal ones, the first that is not known to be returned. */
  private returned({ fields, properties }: Message): void {
    for (const pending of this.sent) {
      const { message } = pending;
      if (
        !pending.isReturned &&
        message.messageId === properties.messageId &&
        message.routingKey === fields.routingKey &&
        message.exchange === fields.exchange
      ) {
        pending.isReturned = true;
        return;
      }
    }
  }

  private opened(channel: ConfirmChannel): void {
    this.channel = channel;
    this.checkReady();
    this.isBufferFull = false;
    this.flush();
  }

  private lost(error: unknown): void {
    this.channel = undefined;
    this.checkReady();
    this.problem = problemOf(error);
    if (replyCodeOf(error) === NOT_FOUND) {
      // One of them does not exist; while they are asked for, the pause of the channel goes by.
      this.missing.suspect(new Set(Array.from(this.sent, ({ message }) => message.exchange)));
    }
    for (const pending of this.sent) {
      this.sent.delete(pending);
      this.answer(pending, unknownOutcome(pending, this.problem));
    }
  }

  private checkReady(): void {
    const isReady = this.channel !== undefined && !this.isBlocked;
    this.readySince = isReady ? (this.readySince ?? this.settings.clock.monotonic()) : undefined;
  }

  private giveUpWaiting(pending: Pending): void {
    this.waiting.delete(pending);
    this.answer(pending, new Unavailable('broker-unavailable', { problem: this.problem }));
  }

  private beginSweeping(): void {
    this.silentSince = this.settings.clock.monotonic();
    this.armSweep();
  }

  private armSweep(): void {
    const { clock, deadlines } = this.settings;
    this.hasConfirmed = false;
    this.sweepTimer = clock.after(deadlines.publishMs / SWEEPS_PER_DEADLINE, () => this.sweep());
  }

  private sweep(): void {
    this.sweepTimer = undefined;
    const now = this.settings.clock.monotonic();
    const { publishMs } = this.settings.deadlines;
    const isSilent = this.sent.size > 0 && !this.hasConfirmed && !this.isBlocked;
    if (!isSilent) this.silentSince = now;
    for (const pending of this.waiting) {
      if (pending.dueAt > now) break;
      this.giveUpWaiting(pending);
    }
    for (const pending of this.sent) {
      if (pending.dueAt > now) break;
      this.sent.delete(pending);
      this.answer(pending, unknownOutcome(pending, `no confirm within ${publishMs} ms`));
    }
    if (isSilent && now - this.silentSince >= publishMs) this.supervised.retire(`no confirm within ${publishMs} ms`);
    if (this.waiting.size > 0 || this.sent.size > 0) this.armSweep();
  }
}

const propertiesOf = (message: OutgoingMessage): Options.Publish => ({
  mandatory: message.mandatory,
  persistent: true,
  contentType: message.contentType,
  messageId: message.messageId,
  headers: message.headers,
});

const routeOf = ({ message }: Pending) => ({ exchange: message.exchange, routingKey: message.routingKey });

const unknownOutcome = (pending: Pending, problem: string): Unavailable =>
  new Unavailable('publish-unknown', { exchange: pending.message.exchange, problem });
