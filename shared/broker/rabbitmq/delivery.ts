import type { Channel, ConsumeMessage } from 'amqplib';
import type { Delivery } from '../broker.ts';
import type { Settlements } from './settlements.ts';

/** A consumer's time on one channel. */
export interface Tenancy {
  readonly channel: Channel;
  readonly settlements: Settlements;
  /** Once the broker has been asked to consume. */
  consumerTag: string | undefined;
  /** The channel is gone: nothing can be settled any more, and the broker delivers again. */
  isOver: boolean;
  /** Deliveries that are not settled. */
  heldCount: number;
}

const NO_HEADERS: Readonly<Record<string, unknown>> = Object.freeze({});

export class HeldDelivery implements Delivery {
  readonly queue: string;
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Buffer;
  readonly contentType: string | undefined;
  readonly messageId: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly redelivered: boolean;
  private readonly message: ConsumeMessage;
  private readonly tenancy: Tenancy;
  private readonly settled: () => void;
  private isSettled = false;

  constructor(queue: string, message: ConsumeMessage, tenancy: Tenancy, settled: () => void) {
    const { fields, properties, content } = message;
    this.queue = queue;
    this.exchange = fields.exchange;
    this.routingKey = fields.routingKey;
    this.body = content;
    this.contentType = properties.contentType;
    this.messageId = properties.messageId;
    this.headers = properties.headers ?? NO_HEADERS;
    this.redelivered = fields.redelivered;
    this.message = message;
    this.tenancy = tenancy;
    this.settled = settled;
  }

  ack(): void {
    this.settle(true);
  }

  giveBack(): void {
    this.settle(false);
  }

  private settle(isDone: boolean): void {
    const { tenancy } = this;
    if (this.isSettled || tenancy.isOver) return;
    this.isSettled = true;
    tenancy.heldCount--;
    if (isDone) tenancy.settlements.ack(this.message);
    else tenancy.settlements.giveBack(this.message);
    this.settled();
  }
}
