import type { Topology } from '../../contract/topology.ts';
import type { Timer } from '../../core/clock.ts';
import { Fatal, Refused, Unavailable } from '../../core/errors.ts';
import type { Broker, ConsumeOptions, Delivery, ListenOptions, OutgoingMessage, Subscription } from '../broker.ts';
import { Consumer } from './consumer.ts';
import type { InMemoryBroker, Submission } from './server.ts';

/** Of the protocol, so that what works here works on a real broker. */
const ROUTING_KEY_BYTES_MAX = 255;

/** One consumption as its caller sees it: across reconnections, so over several consumers. */
interface Registration {
  readonly queue: string;
  readonly options: ConsumeOptions;
  /** Of a queue that is this registration's own, and goes away with it. */
  readonly listen: ListenOptions | undefined;
  readonly registered: () => void;
  readonly failed: (error: Error) => void;
  consumer: Consumer | undefined;
}

/**
 * States: `open` ⇄ `broken` (dropped, until it reconnects); `open` → `closing` → `closed`; any → `closed` (killed).
 * - open: publishes are submitted, every registration whose queue exists has a consumer.
 * - broken: nothing is sent; registrations are kept for the next time.
 * - closing: nothing new is taken and nothing delivered; answers and acknowledgements still arrive.
 * - closed: for good. Like `closing`, it rejects everything with Fatal `stopped`.
 * A consumer belongs to one open time: deliveries from before a break are abandoned, and settling them has no effect.
 */
export class InMemoryConnection implements Broker {
  #state: 'open' | 'broken' | 'closing' | 'closed';
  readonly #server: InMemoryBroker;
  readonly #registrations = new Set<Registration>();
  /** Consumers of this open time, cancelled ones included: what they hold must come back when the connection breaks. */
  readonly #consumers = new Set<Consumer>();
  readonly #unanswered = new Set<Submission>();
  #reconnectTimer: Timer | undefined;
  #openSince: number;

  constructor(server: InMemoryBroker) {
    this.#server = server;
    this.#state = server.isRunning ? 'open' : 'broken';
    this.#openSince = server.clock.monotonic();
  }

  publish(message: OutgoingMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      const refusal = this.#refusalOf(message);
      if (refusal !== undefined) {
        reject(refusal);
        return;
      }
      const submission: Submission = {
        message,
        isAnswered: false,
        answer: (error) => {
          if (submission.isAnswered) return;
          submission.isAnswered = true;
          this.#unanswered.delete(submission);
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      this.#unanswered.add(submission);
      this.#server.submit(submission);
    });
  }

  consume(queue: string, options: ConsumeOptions): Promise<Subscription> {
    return this.#subscribe(queue, options);
  }

  listen(options: ListenOptions): Promise<Subscription> {
    const onDelivery = (delivery: Delivery): void => {
      options.onDelivery(delivery);
      delivery.ack();
    };
    const queue = `${options.exchange}.watch.${this.#server.nextListener()}`;
    return this.#subscribe(queue, { prefetch: Number.POSITIVE_INFINITY, onDelivery }, options);
  }

  #subscribe(queue: string, options: ConsumeOptions, listen?: ListenOptions): Promise<Subscription> {
    return new Promise((resolve, reject) => {
      if (this.#isStopped) {
        reject(stopped());
        return;
      }
      const registration: Registration = {
        queue,
        options,
        listen,
        consumer: undefined,
        registered: () => resolve({ cancel: () => this.#cancel(registration) }),
        failed: reject,
      };
      this.#registrations.add(registration);
      this.register();
    });
  }

  async declare(topology: Topology): Promise<void> {
    this.#assertOpen();
    this.#server.declare(topology);
  }

  async verify(topology: Topology): Promise<readonly string[]> {
    this.#assertOpen();
    return this.#server.missing(topology);
  }

  async depth(queue: string): Promise<number | null> {
    this.#assertOpen();
    return this.#server.queue(queue)?.readyCount ?? null;
  }

  isReady(): boolean {
    return this.#state === 'open' && [...this.#registrations].every(({ consumer }) => consumer !== undefined);
  }

  publishesSince(): number | undefined {
    return this.#state === 'open' ? this.#openSince : undefined;
  }

  async close(): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'closing';
      for (const { consumer } of this.#registrations) consumer?.cancel();
    }
    // The server answers within a turn, or the connection breaks.
    while (this.#unanswered.size > 0) await this.#server.clock.sleep(0);
    this.kill();
  }

  /**
   * Breaks the connection: what it holds unacknowledged goes back to the queues as redelivered, later acknowledgements have
   * no effect, publishes under way reject with `publish-unknown` (here: they did not arrive).
   * @param reconnectAfterMs how long until it connects again; 0 = in the next turn
   */
  drop(reconnectAfterMs = 0): void {
    if (this.#state === 'closed') return;
    const isStopping = this.#state === 'closing';
    this.#break('the connection was lost');
    if (isStopping) return;
    this.#reconnectTimer ??= this.#server.clock.after(reconnectAfterMs, () => {
      this.#reconnectTimer = undefined;
      this.reconnect();
    });
  }

  /** Breaks the connection for good, as when its process dies. */
  kill(): void {
    if (this.#state === 'closed') return;
    this.#break('the connection was closed');
    this.#state = 'closed';
    this.#reconnectTimer?.cancel();
    for (const registration of this.#registrations) registration.failed(stopped());
    this.#registrations.clear();
    this.#server.disconnected(this);
  }

  /** The server is there again, or the time until the next try is over. */
  reconnect(): void {
    if (this.#state !== 'broken' || this.#reconnectTimer !== undefined || !this.#server.isRunning) return;
    this.#state = 'open';
    this.#openSince = this.#server.clock.monotonic();
    this.register();
  }

  /** Gives a consumer to every registration that has none and whose queue exists. */
  register(): void {
    if (this.#state !== 'open') return;
    for (const registration of this.#registrations) {
      const { listen, consumer } = registration;
      if (listen && !consumer) this.#server.declareListening(registration.queue, listen.exchange, listen.pattern);
      const queue = this.#server.queue(registration.queue);
      if (queue === undefined || registration.consumer !== undefined) continue;
      registration.consumer = new Consumer(queue, registration.options);
      this.#consumers.add(registration.consumer);
      queue.offer(registration.consumer);
      registration.registered();
    }
  }

  async #cancel(registration: Registration): Promise<void> {
    this.#registrations.delete(registration);
    const { consumer } = registration;
    if (consumer === undefined) return;
    consumer.cancel();
    if (!consumer.isHolding) this.#consumers.delete(consumer);
    if (registration.listen) this.#server.removeQueue(registration.queue);
  }

  #break(problem: string): void {
    this.#state = 'broken';
    for (const { message, answer } of this.#unanswered) {
      answer(new Unavailable('publish-unknown', { exchange: message.exchange, problem }));
    }
    for (const consumer of this.#consumers) consumer.abandon();
    this.#consumers.clear();
    for (const registration of this.#registrations) {
      registration.consumer = undefined;
      if (registration.listen) this.#server.removeQueue(registration.queue);
    }
  }

  #refusalOf(message: OutgoingMessage): Error | undefined {
    if (this.#isStopped) return stopped();
    if (Buffer.byteLength(message.routingKey) > ROUTING_KEY_BYTES_MAX) {
      const problem = `the routing key is longer than ${ROUTING_KEY_BYTES_MAX} bytes`;
      return new Refused('message-invalid', { exchange: message.exchange, problem });
    }
    return this.#state === 'broken' ? notConnected() : undefined;
  }

  get #isStopped(): boolean {
    return this.#state === 'closing' || this.#state === 'closed';
  }

  #assertOpen(): void {
    if (this.#isStopped) throw stopped();
    if (this.#state === 'broken') throw notConnected();
  }
}

const stopped = (): Fatal => new Fatal('stopped', { what: 'The connection to the broker' });
const notConnected = (): Unavailable => new Unavailable('broker-unavailable', { problem: 'not connected' });
