import type { Broker, ConsumeOptions, Subscription } from '../broker/broker.ts';
import { orAborted } from './service.ts';

/**
 * The consumption of one queue, which can be ended at any time: also while the broker is not there yet, or has no such queue.
 * What is delivered after the end is for its taker to give back.
 */
export class Consumption {
  readonly #subscribing: Promise<Subscription>;
  #subscription: Subscription | undefined;
  #isOver = false;

  constructor(broker: Broker, queue: string, options: ConsumeOptions) {
    this.#subscribing = this.#subscribe(broker, queue, options);
    this.#subscribing.catch(() => {}); // told to whoever waits for the beginning
  }

  /** Resolves when the queue is consumed; rejects as soon as the signal aborts. */
  async begun(signal: AbortSignal): Promise<void> {
    await orAborted(this.#subscribing, signal);
  }

  /** No new deliveries after it resolves. One that has not begun ends by itself as soon as it does. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#subscription?.cancel();
  }

  async #subscribe(broker: Broker, queue: string, options: ConsumeOptions): Promise<Subscription> {
    const subscription = await broker.consume(queue, options);
    this.#subscription = subscription;
    if (this.#isOver) await subscription.cancel();
    return subscription;
  }
}
