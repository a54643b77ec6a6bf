import type { Topology } from '../contract/topology.ts';

export interface OutgoingMessage {
  readonly exchange: string;
  /** Up to 255 bytes. */
  readonly routingKey: string;
  /** Not to be changed any more: an adapter may keep it without a copy. */
  readonly body: Buffer;
  readonly contentType: string;
  /** What the message is, for people and for deduplication; the same for every copy. */
  readonly messageId: string;
  readonly headers?: Readonly<Record<string, string | number>>;
  /** Whether it must reach at least one queue. Everything but lifecycle events. */
  readonly mandatory: boolean;
}

export interface Publisher {
  /**
   * Resolves when the broker has taken responsibility (on a majority of the queue's replicas) and, if `mandatory`, routed to ≥ 1 queue.
   * Rejects in bounded time with Unavailable: `publish-unroutable` (nothing was queued), `broker-unavailable` or
   * `exchange-missing` (nothing was sent), or `publish-unknown` (the message may or may not be there: publish
   * it again). Rejects with Refused `message-invalid` for what no broker takes, e.g. too long a routing key.
   * A rejection may come at once, so whoever publishes again pauses before.
   * May be called concurrently; no order is promised between calls that overlap.
   */
  publish(message: OutgoingMessage): Promise<void>;
}

/** One message, delivered and not yet acknowledged. */
export interface Delivery {
  readonly queue: string;
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Buffer;
  readonly contentType: string | undefined;
  readonly messageId: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  /** False: nobody has seen this message before. */
  readonly redelivered: boolean;
  /**
   * Done with it. Never throws; on a connection that is gone it has no effect, and the broker delivers again. Only the
   * first call of `ack` or `giveBack` counts.
   */
  ack(): void;
  /** Not done with it: to the queue again, for anyone. Never throws. */
  giveBack(): void;
}

export interface Subscription {
  /** No new deliveries after it resolves; those under way can still be acknowledged. Twice is allowed. */
  cancel(): Promise<void>;
}

export interface ConsumeOptions {
  /** How many may be unacknowledged at once. */
  readonly prefetch: number;
  /** Must not throw; takes the delivery and returns. */
  onDelivery(delivery: Delivery): void;
}

/** What is watched. */
export interface ListenOptions {
  readonly exchange: string;
  /** As in a binding: `*` stands for one word of the routing key, `#` for any number of them. */
  readonly pattern: string;
  /** A copy, acknowledged by itself. Must not throw; takes the delivery and returns. */
  onDelivery(delivery: Delivery): void;
}

/**
 * The broker: the port that both adapters implement and `test/contract/broker.ts` checks. An adapter keeps its
 * connections up by itself: after any loss it connects again and takes every subscription up again; what was unacknowledged
 * is delivered again.
 */
export interface Broker extends Publisher {
  /**
   * Consumes a queue until cancelled, across reconnections. Resolves at the first successful registration, however long
   * that takes: a queue that does not exist is waited for. Deliveries may begin before it has resolved, but never
   * within the call itself or within a call of `publish`.
   */
  consume(queue: string, options: ConsumeOptions): Promise<Subscription>;
  /**
   * Watches an exchange and takes no part: a queue of this connection alone gets a copy of what comes from now on, and goes away
   * with the subscription or the connection, whoever ends it. Nothing is kept for later: what comes while the connection is down, or
   * faster than it is taken, is missed. Otherwise like `consume`; an exchange that does not exist is waited for.
   */
  listen(options: ListenOptions): Promise<Subscription>;
  /**
   * Creates what is missing, and does so again when a broker that lost its data is noticed. Idempotent.
   * @throws Refused `topology-differs`; Unavailable `broker-unavailable`, in bounded time
   */
  declare(topology: Topology): Promise<void>;
  /**
   * The names of the exchanges and queues that are missing; needs no right to configure. Bindings and properties cannot
   * be asked for. @throws Unavailable `broker-unavailable`, in bounded time
   */
  verify(topology: Topology): Promise<readonly string[]>;
  /** Messages that stand ready in a queue; null when there is no such queue. @throws Unavailable, in bounded time */
  depth(queue: string): Promise<number | null>;
  /** Whether publishing and every subscription work right now. For `/readyz`. */
  isReady(): boolean;
  /** Since when publishing has worked without a break, by the monotonic clock, milliseconds. Undefined: it does not at the moment. */
  publishesSince(): number | undefined;
  /**
   * Stops deliveries, waits in bounded time for the publishes under way, then closes: what was acknowledged until then
   * stays acknowledged, the rest is delivered again. Afterwards everything rejects with Fatal `stopped`. Twice is allowed.
   */
  close(): Promise<void>;
}
