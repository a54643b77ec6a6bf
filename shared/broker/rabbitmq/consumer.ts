import type { Channel, ConsumeMessage } from 'amqplib';
import type { ConsumeOptions, Subscription } from '../broker.ts';
import { SupervisedChannel } from './channel.ts';
import type { RabbitMqConnection } from './connection.ts';
import { problemOf, replyCodeOf, within } from './deadline.ts';
import { HeldDelivery, type Tenancy } from './delivery.ts';
import type { Settings } from './options.ts';
import { Settlements } from './settlements.ts';

const NOT_FOUND = 404;

/** Makes what is consumed on a channel, before it is: again after every loss. */
export type PrepareChannel = (channel: Channel) => Promise<void>;

/**
 * One consumption of a queue, on a channel of its own, taken up again after every loss.
 *
 * Invariants:
 * - K1: a delivery can be settled only on the channel that it came by; after that channel's end settling has no effect.
 * - K2: a consumer that the broker cancels (its queue was deleted) is followed by a new channel, never used further.
 * - K3: after `cancel` has resolved, nothing is handed out; the channel stays until what it handed out is settled.
 */
export class RabbitMqConsumer implements Subscription {
  private readonly queue: string;
  private readonly options: ConsumeOptions;
  private readonly settings: Settings;
  private readonly supervised: SupervisedChannel<Channel>;
  private readonly ended: () => void;
  private readonly prepare: PrepareChannel | undefined;
  private tenancy: Tenancy | undefined;
  private cancelled: Promise<void> | undefined;
  private isSilenced = false;

  /** @param listener `queueMissing`: the queue does not exist; `ended`: cancelled, and everything settled */
  constructor(
    queue: string,
    options: ConsumeOptions,
    connection: RabbitMqConnection,
    settings: Settings,
    listener: { opened(): void; queueMissing(): void; ended(): void; prepare?: PrepareChannel | undefined },
  ) {
    this.queue = queue;
    this.options = options;
    this.settings = settings;
    this.ended = () => listener.ended();
    this.prepare = listener.prepare;
    this.supervised = new SupervisedChannel<Channel>(connection, settings, {
      purpose: `consuming ${queue}`,
      create: (model) => model.createChannel(),
      setUp: (channel) => this.register(channel),
      opened: () => listener.opened(),
      failed: (error) => {
        if (replyCodeOf(error) === NOT_FOUND) listener.queueMissing();
      },
    });
  }

  get isReady(): boolean {
    return this.supervised.isOpen;
  }

  cancel(): Promise<void> {
    this.cancelled ??= this.stopDeliveries();
    return this.cancelled;
  }

  /** Ends it within `ms`; what was acknowledged before arrives before. */
  async close(ms: number): Promise<void> {
    this.isSilenced = true;
    this.tenancy?.settlements.flush();
    await this.supervised.close(ms);
    this.ended();
  }

  private async register(channel: Channel): Promise<void> {
    const settlements = new Settlements(channel, () => {
      // The channel is closing: like one that is gone.
      tenancy.isOver = true;
    });
    const tenancy: Tenancy = { channel, settlements, consumerTag: undefined, isOver: false, heldCount: 0 };
    this.tenancy = tenancy;
    channel.on('close', () => this.over(tenancy));
    await this.prepare?.(channel);
    await channel.prefetch(this.options.prefetch);
    // Cancelled or closed meanwhile: this channel is given up without having consumed.
    if (this.isSilenced || this.cancelled !== undefined) return;
    // The tag is chosen here, so that a cancellation can follow before the broker has answered.
    const consumerTag = `${this.settings.name}-${this.settings.random.id()}`;
    tenancy.consumerTag = consumerTag;
    await channel.consume(this.queue, (message) => this.received(tenancy, message), { consumerTag });
  }

  private received(tenancy: Tenancy, message: ConsumeMessage | null): void {
    if (message === null) {
      this.supervised.retire(`the broker cancelled the consumer of ${this.queue}`);
      return;
    }
    tenancy.heldCount++;
    const delivery = new HeldDelivery(this.queue, message, tenancy, () => this.checkEnded());
    if (this.isSilenced) {
      delivery.giveBack();
      return;
    }
    try {
      this.options.onDelivery(delivery);
    } catch (error) {
      // The port forbids it; the pause before the next channel keeps a poison message from turning in a circle.
      this.settings.log('error', 'a delivery was not taken', { queue: this.queue, problem: problemOf(error) });
      this.supervised.retire('a delivery was not taken');
    }
  }

  private over(tenancy: Tenancy): void {
    tenancy.isOver = true;
    if (tenancy === this.tenancy) this.tenancy = undefined;
    this.checkEnded();
  }

  private async stopDeliveries(): Promise<void> {
    const { tenancy } = this;
    const { clock, deadlines } = this.settings;
    if (tenancy?.consumerTag !== undefined) {
      // Late or failed: the channel is as good as gone, and the flag holds back what still comes.
      await within(clock, deadlines.operationMs, tenancy.channel.cancel(tenancy.consumerTag));
    }
    this.isSilenced = true;
    this.checkEnded();
  }

  private checkEnded(): void {
    if (!this.isSilenced || (this.tenancy?.heldCount ?? 0) > 0) return;
    void this.close(this.settings.deadlines.closeMs);
  }
}
