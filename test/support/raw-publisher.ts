import type { Socket } from 'node:net';
import { type ChannelModel, type ConfirmChannel, type ConsumeMessage, connect, type Options } from 'amqplib';

/** What stands for bytes that are no text, in a property: the library writes only text. */
export const NO_TEXT = '~'.repeat(255);
const MARK = Buffer.from(NO_TEXT);

/** An AMQP client of somebody else's, who minds no contract: publishes anything, and reads what comes out at the other end. */
export class RawPublisher {
  readonly #connection: ChannelModel;
  readonly #channel: ConfirmChannel;

  private constructor(connection: ChannelModel, channel: ConfirmChannel) {
    this.#connection = connection;
    this.#channel = channel;
  }

  static async connect(url: string): Promise<RawPublisher> {
    const connection = await connect(url, { noDelay: true });
    const publisher = new RawPublisher(connection, await connection.createConfirmChannel());
    writeNoText(connection);
    return publisher;
  }

  /** Resolves when the broker has it. */
  publish(exchange: string, routingKey: string, body: Buffer, options: Options.Publish = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#channel.publish(exchange, routingKey, body, { mandatory: true, ...options }, (error: unknown) => {
        if (error) reject(new Error(`the broker did not take a message for ${exchange}`, { cause: error }));
        else resolve();
      });
    });
  }

  async bind(queue: string, exchange: string, pattern: string): Promise<void> {
    await this.#channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    await this.#channel.bindQueue(queue, exchange, pattern);
  }

  /** Each message of the queue, as it comes. */
  async consume(queue: string, onMessage: (message: ConsumeMessage) => void): Promise<void> {
    await this.#channel.consume(queue, (message) => message && onMessage(message), { noAck: true });
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}

function writeNoText({ connection }: ChannelModel): void {
  // Not declared: the library's own socket.
  const { stream } = connection as unknown as { stream: Socket };
  const write = stream.write.bind(stream);
  stream.write = (chunk: Buffer, ...rest: []): boolean => {
    for (let at = chunk.indexOf(MARK); at >= 0; at = chunk.indexOf(MARK)) chunk.fill(0xff, at, at + MARK.length);
    return write(chunk, ...rest);
  };
}
