import type { Delivery } from '../broker/broker.ts';
import { Fatal, SetAside } from '../core/errors.ts';
import type { Acting } from './acting.ts';
import { Consumption } from './consumption.ts';
import { UnderWay } from './under-way.ts';

export interface InboxOptions {
  readonly queue: string;
  /** Messages under way at once. */
  readonly prefetch: number;
  /** Resolves when everything that follows from the message is durable. @throws SetAside */
  take(delivery: Delivery): Promise<void>;
  /** A mistake of the engine's own must neither lose the message nor spin on it: sends it again, later. */
  comeBack(delivery: Delivery, error: unknown): Promise<void>;
}

/**
 * A queue that a process reads. Each message is acknowledged when everything that follows from it is durable; what can never be
 * processed is set aside whole, and what failed otherwise comes back later.
 */
export class Inbox {
  readonly #acting: Acting;
  readonly #options: InboxOptions;
  readonly #consumption: Consumption;
  readonly #underWay: UnderWay;

  /** Begins to consume. */
  constructor(acting: Acting, options: InboxOptions) {
    this.#acting = acting;
    this.#options = options;
    this.#underWay = new UnderWay(acting.line.log, { queue: options.queue });
    this.#consumption = new Consumption(acting.line.broker, options.queue, {
      prefetch: options.prefetch,
      onDelivery: (delivery) => this.#take(delivery),
    });
  }

  /** Resolves when the queue is consumed; rejects as soon as the signal aborts. */
  begun(signal: AbortSignal): Promise<void> {
    return this.#consumption.begun(signal);
  }

  /** Takes nothing new, and resolves when what was under way has ended. */
  async end(): Promise<void> {
    await this.#consumption.end();
    await this.#underWay.settled();
  }

  #take(delivery: Delivery): void {
    if (this.#acting.right.ended.aborted) return delivery.giveBack();
    this.#underWay.add(this.#process(delivery));
  }

  async #process(delivery: Delivery): Promise<void> {
    try {
      await this.#options.take(delivery);
    } catch (error) {
      if (error instanceof Fatal) throw error;
      if (error instanceof SetAside) await this.#acting.sender.setAside(delivery, error);
      else await this.#options.comeBack(delivery, error);
    }
    delivery.ack();
  }
}
