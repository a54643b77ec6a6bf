import { EventEmitter } from 'node:events';
import type { ChannelModel } from 'amqplib';
import type { Dial } from '../../shared/broker/rabbitmq/dial.ts';
import { completeOptions, type RabbitMqOptions, type Settings } from '../../shared/broker/rabbitmq/options.ts';
import { SeededRandom } from '../../shared/testing/seeded-random.ts';
import type { VirtualClock } from '../../shared/testing/virtual-clock.ts';

/** A promise that the test settles. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}

export function deferred<T>(): Deferred<T> {
  let settle: Pick<Deferred<T>, 'resolve' | 'reject'> = { resolve: () => {}, reject: () => {} };
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, resolve: (value) => settle.resolve(value), reject: (error) => settle.reject(error) };
}

type Confirm = (error: Error | null) => void;

/** A channel of the client library whose server is the test. */
export class FakeChannel extends EventEmitter {
  readonly published: { exchange: string; routingKey: string; options: { messageId: string }; confirm: Confirm }[] = [];
  readonly acknowledged: unknown[] = [];
  readonly cancelled: string[] = [];
  onMessage: ((message: unknown) => void) | undefined;
  isClosed = false;
  /** What `publish` returns: false = the write buffer is full. */
  hasRoom = true;
  /** What `consume` and `close` wait for. */
  consuming: Promise<unknown> = Promise.resolve();
  closing: Promise<void> = Promise.resolve();

  publish(exchange: string, routingKey: string, _: Buffer, options: { messageId: string }, confirm: Confirm): boolean {
    this.published.push({ exchange, routingKey, options, confirm });
    return this.hasRoom;
  }

  async prefetch(): Promise<void> {}

  async consume(_: string, onMessage: (message: unknown) => void): Promise<void> {
    this.onMessage = onMessage;
    await this.consuming;
  }

  async cancel(tag: string): Promise<void> {
    this.cancelled.push(tag);
  }

  ack(message: unknown): void {
    this.acknowledged.push(message);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.closing;
  }
}

/** A connection of the client library whose server is the test. */
export class FakeModel extends EventEmitter {
  readonly connection = {};
  readonly channels: FakeChannel[] = [];
  /** What the next channels are made of; by default they open at once. */
  open: () => Promise<FakeChannel> = async () => new FakeChannel();
  closing: Promise<void> = Promise.resolve();

  async createChannel(): Promise<FakeChannel> {
    const channel = await this.open();
    this.channels.push(channel);
    return channel;
  }

  createConfirmChannel(): Promise<FakeChannel> {
    return this.createChannel();
  }

  async close(): Promise<void> {
    await this.closing;
  }

  get lastChannel(): FakeChannel {
    const channel = this.channels.at(-1);
    if (channel === undefined) throw new Error('no channel was opened');
    return channel;
  }
}

/** A server that takes, leaves or refuses connections as the test says. */
export class FakeServer {
  readonly dials: { readonly signal: AbortSignal; readonly answer: Deferred<ChannelModel> }[] = [];
  readonly models: FakeModel[] = [];
  /** How new connections begin; by default they open at once. */
  accept: 'at once' | 'never' | 'refuse' = 'at once';

  readonly dial: Dial = (signal) => {
    const answer = deferred<ChannelModel>();
    this.dials.push({ signal, answer });
    if (this.accept === 'at once') this.open(answer);
    if (this.accept === 'refuse') answer.reject(new Error('connect ECONNREFUSED'));
    return answer.promise;
  };

  open(answer: Deferred<ChannelModel>): FakeModel {
    const model = new FakeModel();
    this.models.push(model);
    // It has what the adapter uses of the library's class, which cannot be built without a socket.
    answer.resolve(model as unknown as ChannelModel);
    return model;
  }

  get lastModel(): FakeModel {
    const model = this.models.at(-1);
    if (model === undefined) throw new Error('no connection was opened');
    return model;
  }
}

export const fakeSettings = (clock: VirtualClock, more: Partial<RabbitMqOptions> = {}): Settings =>
  completeOptions({ url: 'amqp://localhost', clock, random: new SeededRandom('fake'), name: 'test', ...more });
