import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';

/** How the driver sends one workflow in, and how it recognises the end of one. */
export interface Shape {
  send(sequence: number): { exchange: string; routingKey: string; contentType: string; body: Buffer };
  /** Queue in which ends arrive. */
  readonly endsQueue: string;
  sequenceOf(body: Buffer): number;
}

export interface Loaded {
  readonly workflowsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Quiet {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Sends workflows into a line and waits for their ends. Outside the line: one AMQP client that knows the public contract. */
export class Driver {
  readonly #connection: ChannelModel;
  readonly #out: ConfirmChannel;
  readonly #shape: Shape;
  #onEnd: (sequence: number) => void = () => {};

  private constructor(connection: ChannelModel, out: ConfirmChannel, shape: Shape) {
    this.#connection = connection;
    this.#out = out;
    this.#shape = shape;
  }

  static async open(url: string, shape: Shape): Promise<Driver> {
    const connection = await connect(url, { noDelay: true });
    const out = await connection.createConfirmChannel();
    const ends = await connection.createChannel();
    const driver = new Driver(connection, out, shape);
    await ends.consume(
      shape.endsQueue,
      (message) => {
        if (message) driver.#onEnd(shape.sequenceOf(message.content));
      },
      { noAck: true },
    );
    return driver;
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  /** One workflow at a time: how long from its start to its end. */
  async quiet(count: number): Promise<Quiet> {
    const took: number[] = [];
    for (let sequence = 0; sequence < count; sequence++) {
      const begunAt = performance.now();
      const ended = new Promise<void>((resolve) => {
        this.#onEnd = () => resolve();
      });
      this.#send(sequence);
      await ended;
      took.push(performance.now() - begunAt);
    }
    // The first ones warm the code up.
    return percentiles(took.slice(Math.floor(count / 5)));
  }

  /** `count` workflows, at most `window` of them on the line at once. */
  async loaded(count: number, window: number, onProgress: (ended: number) => void): Promise<Loaded> {
    const sentAt = new Map<number, number>();
    const took: number[] = [];
    const begunAt = performance.now();
    let sent = 0;
    const sendNext = (): void => {
      if (sent >= count) return;
      sentAt.set(sent, performance.now());
      this.#send(sent++);
    };
    await new Promise<void>((resolve) => {
      this.#onEnd = (sequence) => {
        const at = sentAt.get(sequence);
        if (at === undefined) return; // told twice
        sentAt.delete(sequence);
        took.push(performance.now() - at);
        onProgress(took.length);
        if (took.length === count) resolve();
        else sendNext();
      };
      while (sent < Math.min(window, count)) sendNext();
    });
    const seconds = (performance.now() - begunAt) / 1_000;
    return { workflowsPerSecond: count / seconds, ...percentiles(took) };
  }

  /** How many end per second, from the first to the last of `count` that end by themselves. */
  async watched(count: number): Promise<number> {
    let ended = 0;
    let firstAt = 0;
    await new Promise<void>((resolve) => {
      this.#onEnd = () => {
        if (ended++ === 0) firstAt = performance.now();
        if (ended === count) resolve();
      };
    });
    return count / ((performance.now() - firstAt) / 1_000);
  }

  #send(sequence: number): void {
    const { exchange, routingKey, contentType, body } = this.#shape.send(sequence);
    this.#out.publish(exchange, routingKey, body, { persistent: true, mandatory: true, contentType }, (error) => {
      if (error) throw new Error(`the broker refused workflow ${sequence}`, { cause: error });
    });
  }
}

function percentiles(values: readonly number[]): { p50Ms: number; p99Ms: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}
