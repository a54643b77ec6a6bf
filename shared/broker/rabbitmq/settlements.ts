import type { Channel, ConsumeMessage } from 'amqplib';

/**
 * Settles the deliveries of one channel with as few frames as possible: acknowledgements gather until the end of the current turn,
 * and all that lie without a gap at the lower end of what is unsettled leave as one ("up to here"). For the broker each frame is an entry
 * of the queue's log, so a busy station spares it most of them; a quiet one waits for nothing.
 *
 * - S1: "up to here" is never said of a delivery that is not settled.
 * - S2: what was settled before `flush` is on its way when `flush` returns.
 */
export class Settlements {
  private readonly channel: Channel;
  private readonly failed: () => void;
  /** Every tag below it is settled, and sent. Tags count from 1 on each channel. */
  private lowest = 1;
  /** Settled, at or above `lowest`. True: not sent yet. */
  private readonly settled = new Map<number, { readonly message: ConsumeMessage; isSent: boolean }>();
  private unsent: ConsumeMessage[] = [];

  /** @param failed the channel is closing: nothing can be settled any more */
  constructor(channel: Channel, failed: () => void) {
    this.channel = channel;
    this.failed = failed;
  }

  ack(message: ConsumeMessage): void {
    if (this.unsent.length === 0) process.nextTick(() => this.flush());
    this.unsent.push(message);
    this.settled.set(message.fields.deliveryTag, { message, isSent: false });
  }

  /** Back to the queue, at once. */
  giveBack(message: ConsumeMessage): void {
    this.settled.set(message.fields.deliveryTag, { message, isSent: true });
    this.send(() => this.channel.nack(message, false, true));
  }

  /** Sends the acknowledgements that have gathered. */
  flush(): void {
    const { unsent } = this;
    if (unsent.length === 0) return;
    this.unsent = [];
    const upTo = this.advance();
    if (upTo !== undefined) this.send(() => this.channel.ack(upTo, true));
    for (const message of unsent) {
      const { deliveryTag } = message.fields;
      if (deliveryTag < this.lowest) continue;
      this.settled.set(deliveryTag, { message, isSent: true });
      this.send(() => this.channel.ack(message));
    }
  }

  /** Moves `lowest` past everything that is settled without a gap; the last of it that is not sent covers all before it. */
  private advance(): ConsumeMessage | undefined {
    let last: ConsumeMessage | undefined;
    for (let next = this.settled.get(this.lowest); next !== undefined; next = this.settled.get(this.lowest)) {
      if (!next.isSent) last = next.message;
      this.settled.delete(this.lowest);
      this.lowest++;
    }
    return last;
  }

  private send(frame: () => void): void {
    try {
      frame();
    } catch {
      this.failed();
    }
  }
}
