import { randomBytes } from 'node:crypto';
import { afterEach } from '@jest/globals';
import type { Broker, ConsumeOptions, Delivery, OutgoingMessage, Subscription } from '../../../shared/broker/broker.ts';
import type { Queue, Topology } from '../../../shared/contract/topology.ts';
import { eventually } from '../../support/eventually.ts';
import type { BrokerSetup, BrokerUnderTest } from '../broker.ts';

/** What a test works with: connections that are closed after it, names of its own, and what came out of a queue. */
export class Bench {
  readonly setup: BrokerSetup;
  /** Before every name, so that tests do not meet on one server. */
  readonly prefix = `contract.${randomBytes(6).toString('hex')}`;
  private readonly connections: BrokerUnderTest[] = [];

  constructor(setup: BrokerSetup) {
    this.setup = setup;
  }

  name(name: string): string {
    return `${this.prefix}.${name}`;
  }

  async connect(): Promise<BrokerUnderTest> {
    const connection = await this.setup.connect();
    this.connections.push(connection);
    return connection;
  }

  /** A connection with one exchange `x` and, bound to it by their names, these queues. */
  async line(...queues: (string | Omit<Queue, 'name'>)[]): Promise<BrokerUnderTest> {
    const connection = await this.connect();
    const declared = queues.map((queue, index) =>
      typeof queue === 'string' ? { name: this.name(queue) } : { name: this.name(`q${index}`), ...queue },
    );
    await connection.broker.declare({
      exchanges: [{ name: this.name('x'), type: 'topic' }],
      queues: declared,
      bindings: declared.map(({ name }) => ({
        from: this.name('x'),
        to: { queue: name },
        pattern: name.slice(this.prefix.length + 1),
      })),
    });
    return connection;
  }

  message(routingKey: string, messageId: string, more: Partial<OutgoingMessage> = {}): OutgoingMessage {
    const body = Buffer.from(`body of ${messageId}`);
    return {
      exchange: this.name('x'),
      routingKey,
      body,
      contentType: 'text/plain',
      messageId,
      mandatory: true,
      ...more,
    };
  }

  async publish(broker: Broker, routingKey: string, ...messageIds: string[]): Promise<void> {
    for (const messageId of messageIds) await broker.publish(this.message(routingKey, messageId));
  }

  async close(): Promise<void> {
    for (const { broker } of this.connections) await broker.close();
  }
}

export const NO_TOPOLOGY: Topology = { exchanges: [], queues: [], bindings: [] };

/** A bench for each test, put away after it. */
export function bench(setup: () => BrokerSetup): () => Bench {
  let current: Bench | undefined;
  afterEach(async () => {
    await current?.close();
    current = undefined;
  });
  return () => {
    current ??= new Bench(setup());
    return current;
  };
}

/** What a consumer has been handed, in order. */
export class Collector {
  readonly deliveries: Delivery[] = [];
  private readonly onDelivery: (delivery: Delivery) => void;

  constructor(onDelivery: (delivery: Delivery) => void = () => {}) {
    this.onDelivery = onDelivery;
  }

  get messageIds(): string[] {
    return this.deliveries.map(({ messageId }) => messageId ?? '');
  }

  /** Without the copies of a message that was published again. */
  get distinctIds(): string[] {
    return [...new Set(this.messageIds)];
  }

  find(messageId: string, more: Partial<Delivery> = {}): Delivery | undefined {
    return this.deliveries.find(
      (delivery) =>
        delivery.messageId === messageId &&
        (more.redelivered === undefined || more.redelivered === delivery.redelivered),
    );
  }

  async consume(broker: Broker, queue: string, options: Partial<ConsumeOptions> = {}): Promise<Subscription> {
    return await broker.consume(queue, {
      prefetch: 100,
      onDelivery: (delivery) => {
        this.deliveries.push(delivery);
        this.onDelivery(delivery);
      },
      ...options,
    });
  }

  async has(...messageIds: string[]): Promise<void> {
    const complete = (): boolean => messageIds.every((id) => this.find(id) !== undefined);
    await eventually(complete, 15_000, () => `${messageIds.join()} among ${this.messageIds.join()}`);
  }
}

/** A collector that acknowledges what it is handed. */
export const acknowledging = (): Collector => new Collector((delivery) => delivery.ack());
