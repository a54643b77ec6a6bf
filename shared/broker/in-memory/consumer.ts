import type { ConsumeOptions, Delivery } from '../broker.ts';
import type { StoredMessage } from './message.ts';
import type { MessageQueue } from './queue.ts';

/** One registration at one queue, from its start to the end of its connection. A new connection makes a new one. */
export class Consumer {
  /** Whether it stands in the queue's line of consumers; kept by the queue. */
  isQueuedUp = false;
  readonly queue: MessageQueue;
  readonly #options: ConsumeOptions;
  readonly #held = new Set<HeldDelivery>();
  #isCancelled = false;

  constructor(queue: MessageQueue, options: ConsumeOptions) {
    this.queue = queue;
    this.#options = options;
  }

  get hasRoom(): boolean {
    return !this.#isCancelled && this.#held.size < this.#options.prefetch;
  }

  get isHolding(): boolean {
    return this.#held.size > 0;
  }

  deliver(message: StoredMessage): void {
    const delivery = new HeldDelivery(this, message);
    this.#held.add(delivery);
    this.#options.onDelivery(delivery);
  }

  /** No more deliveries; those under way can still be acknowledged. */
  cancel(): void {
    this.#isCancelled = true;
  }

  /** The connection is gone: what is held goes back to the queue, and a later acknowledgement finds nothing. */
  abandon(): void {
    this.#isCancelled = true;
    for (const delivery of this.#held) this.queue.takeBack(delivery.message);
    this.#held.clear();
  }

  settle(delivery: HeldDelivery, isDone: boolean): void {
    if (!this.#held.delete(delivery)) return;
    if (isDone) this.queue.acknowledged();
    else this.queue.takeBack(delivery.message);
    this.queue.offer(this);
  }
}

class HeldDelivery implements Delivery {
  readonly queue: string;
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Buffer;
  readonly contentType: string;
  readonly messageId: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly redelivered: boolean;
  readonly message: StoredMessage;
  readonly #consumer: Consumer;

  constructor(consumer: Consumer, message: StoredMessage) {
    this.queue = consumer.queue.declaration.name;
    this.exchange = message.exchange;
    this.routingKey = message.routingKey;
    this.body = message.body;
    this.contentType = message.contentType;
    this.messageId = message.messageId;
    this.headers = message.headers;
    this.redelivered = message.returns > 0;
    this.message = message;
    this.#consumer = consumer;
  }

  ack(): void {
    this.#consumer.settle(this, true);
  }

  giveBack(): void {
    this.#consumer.settle(this, false);
  }
}
