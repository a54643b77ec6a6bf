import type { Broker, Delivery } from '../broker/broker.ts';
import type { Clock } from '../core/clock.ts';

/** What moves on a line: which process holds messages, and when one was last sent, delivered or settled. */
export class Traffic {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #held = new Map<object, number>();
  #movedAt: number;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
    this.#movedAt = clock.monotonic();
  }

  /** Whether no process holds a message and none has moved for so long. */
  isQuietFor(ms: number): boolean {
    return this.#held.size === 0 && this.#clock.monotonic() - this.#movedAt >= ms;
  }

  moved(): void {
    this.#movedAt = this.#clock.monotonic();
  }

  holds(owner: object): boolean {
    return this.#held.has(owner);
  }

  /** It has died: what it held goes back to the queues. */
  forget(owner: object): void {
    this.#held.delete(owner);
    this.moved();
  }

  /** A process's broker, overheard. */
  of(owner: object, broker: Broker): Broker {
    const publish: Broker['publish'] = async (message) => {
      this.#change(owner, 1);
      try {
        await broker.publish(message);
      } finally {
        this.#change(owner, -1);
      }
    };
    const consume: Broker['consume'] = (queue, options) =>
      broker.consume(queue, {
        prefetch: options.prefetch,
        onDelivery: (delivery) => options.onDelivery(this.#heldBy(owner, delivery)),
      });
    return new Proxy(broker, {
      get: (target, name) => {
        if (name === 'publish') return publish;
        if (name === 'consume') return consume;
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === 'function' ? (member.bind(target) as unknown) : member;
      },
    });
  }

  #heldBy(owner: object, delivery: Delivery): Delivery {
    let isSettled = false;
    this.#change(owner, 1);
    const settling = (settle: () => void) => (): void => {
      settle();
      if (!isSettled) this.#change(owner, -1);
      isSettled = true;
    };
    const { queue, exchange, routingKey, body, contentType, messageId, headers, redelivered } = delivery;
    return {
      queue,
      exchange,
      routingKey,
      body,
      contentType,
      messageId,
      headers,
      redelivered,
      ack: settling(() => delivery.ack()),
      giveBack: settling(() => delivery.giveBack()),
    };
  }

  #change(owner: object, by: 1 | -1): void {
    this.moved();
    const held = (this.#held.get(owner) ?? 0) + by;
    if (held > 0) this.#held.set(owner, held);
    else this.#held.delete(owner);
  }
}
