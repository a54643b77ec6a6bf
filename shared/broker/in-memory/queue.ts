import type { Queue } from '../../contract/topology.ts';
import type { Clock, Timer } from '../../core/clock.ts';
import type { Consumer } from './consumer.ts';
import { Fifo } from './fifo.ts';
import type { DeathReason, StoredMessage } from './message.ts';

/** What a queue needs of its server. */
export interface QueueHost {
  readonly clock: Clock;
  /** The queue has something to hand out: `dispatch` is to be called, in a turn of its own. */
  wake(queue: MessageQueue): void;
  /** Publishes a dead letter. False: nothing took it. */
  deadLetter(queue: MessageQueue, message: StoredMessage, reason: DeathReason): boolean;
}

/** RabbitMQ tries again after this long to hand over a dead letter that found no queue. */
const DEAD_LETTER_RETRY_MS = 180_000;

/**
 * A quorum queue's behaviour: first in, first out; what comes back goes to the tail and counts as a return; consumers
 * take turns, each up to its prefetch; dead letters are kept until something takes them. Every operation costs the same
 * however long the queue is.
 */
export class MessageQueue {
  readonly declaration: Queue;
  readonly #host: QueueHost;
  readonly #ready = new Fifo<StoredMessage>();
  /** Consumers that may take another message, in turn. May hold some that have ended: they are skipped. */
  readonly #turns = new Fifo<Consumer>();
  readonly #undelivered = new Fifo<{ message: StoredMessage; reason: DeathReason }>();
  #unacknowledged = 0;
  /** One timer for the head: the time to live is the same for all, so none expires before it. */
  #expiryTimer: Timer | undefined;
  #retryTimer: Timer | undefined;

  constructor(declaration: Queue, host: QueueHost) {
    this.declaration = declaration;
    this.#host = host;
  }

  get readyCount(): number {
    return this.#ready.length;
  }

  get unacknowledgedCount(): number {
    return this.#unacknowledged + this.#undelivered.length;
  }

  /** When a message that arrives now expires. */
  expiresAt(): number {
    const { messageTtlMs } = this.declaration;
    return messageTtlMs === undefined ? Infinity : this.#host.clock.monotonic() + messageTtlMs;
  }

  enqueue(message: StoredMessage): void {
    this.#ready.push(message);
    this.#host.wake(this);
    this.#watchHead();
  }

  /** The consumer has room for another message: it queues up for its turn. */
  offer(consumer: Consumer): void {
    if (consumer.isQueuedUp || !consumer.hasRoom) return;
    consumer.isQueuedUp = true;
    this.#turns.push(consumer);
    if (this.#ready.length > 0) this.#host.wake(this);
  }

  /** Hands out what stood ready at the beginning; what comes back meanwhile waits for the next turn. */
  dispatch(): void {
    for (let budget = this.#ready.length; budget > 0; budget--) {
      const consumer = this.#nextConsumer();
      if (consumer === undefined) return;
      const message = this.#ready.shift();
      if (message === undefined) return;
      this.#unacknowledged++;
      // Before the delivery: the consumer may acknowledge within it, and must not queue up twice.
      consumer.isQueuedUp = false;
      consumer.deliver(message);
      this.offer(consumer);
    }
  }

  acknowledged(): void {
    this.#unacknowledged--;
  }

  /** The message comes back undone. Beyond the delivery limit it is given up. */
  takeBack(message: StoredMessage): void {
    this.#unacknowledged--;
    message.returns++;
    if (message.returns > (this.declaration.deliveryLimit ?? Infinity)) this.#giveUp(message, 'delivery_limit');
    else this.enqueue(message);
  }

  /** Hands over dead letters that found no queue so far. */
  retryDeadLetters(): void {
    this.#retryTimer?.cancel();
    this.#retryTimer = undefined;
    for (let budget = this.#undelivered.length; budget > 0; budget--) {
      const letter = this.#undelivered.shift();
      if (letter !== undefined) this.#giveUp(letter.message, letter.reason);
    }
  }

  /** Forgets its timers, for the end of the server. */
  close(): void {
    this.#expiryTimer?.cancel();
    this.#retryTimer?.cancel();
  }

  #nextConsumer(): Consumer | undefined {
    for (;;) {
      const consumer = this.#turns.shift();
      if (consumer === undefined || consumer.hasRoom) return consumer;
      consumer.isQueuedUp = false;
    }
  }

  #watchHead(): void {
    if (this.#expiryTimer !== undefined || this.declaration.messageTtlMs === undefined) return;
    const head = this.#ready.peek();
    if (head === undefined) return;
    this.#expiryTimer = this.#host.clock.after(head.expiresAt - this.#host.clock.monotonic(), () => {
      this.#expiryTimer = undefined;
      this.#expire();
    });
  }

  #expire(): void {
    const now = this.#host.clock.monotonic();
    for (;;) {
      const head = this.#ready.peek();
      if (head === undefined || head.expiresAt > now) break;
      this.#ready.shift();
      this.#giveUp(head, 'expired');
    }
    this.#watchHead();
  }

  #giveUp(message: StoredMessage, reason: DeathReason): void {
    if (this.declaration.deadLetterExchange === undefined) return;
    if (this.#host.deadLetter(this, message, reason)) return;
    this.#undelivered.push({ message, reason });
    this.#retryTimer ??= this.#host.clock.after(DEAD_LETTER_RETRY_MS, () => this.retryDeadLetters());
  }
}
