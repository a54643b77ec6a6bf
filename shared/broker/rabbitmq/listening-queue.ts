import type { Channel } from 'amqplib';
import type { ConsumeOptions, ListenOptions } from '../broker.ts';

/** Beyond it the oldest are dropped: who watches must not fill the broker's memory. */
const MOST_KEPT = 10_000;

const PREFETCH = 1_000;

/**
 * A classic queue that belongs to its connection: on every version from 3.10 to 4.x it is deleted with the connection, whatever ends that.
 * (Quorum queues cannot be exclusive, and transient queues that are not are gone in 4.x.)
 */
export async function makeListeningQueue(
  channel: Channel,
  queue: string,
  { exchange, pattern }: ListenOptions,
): Promise<void> {
  await channel.assertQueue(queue, { exclusive: true, durable: false, autoDelete: true, maxLength: MOST_KEPT });
  await channel.bindQueue(queue, exchange, pattern);
}

/** A consumption that acknowledges by itself. */
export const listening = (options: ListenOptions): ConsumeOptions => ({
  prefetch: PREFETCH,
  onDelivery: (delivery) => {
    options.onDelivery(delivery);
    delivery.ack();
  },
});
