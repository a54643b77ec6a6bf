import { connect } from 'amqplib';

const WITHIN_MS = 10_000;

export interface BrokerTraces {
  readonly amqpUrl: string;
  readonly queues: readonly string[];
  readonly exchanges: readonly string[];
}

/** Deletes queues and exchanges by name; what is gone already is no error. For lines that were set up for one run only. */
export async function removeFromBroker({ amqpUrl, queues, exchanges }: BrokerTraces): Promise<void> {
  const connection = await connect(amqpUrl, { timeout: WITHIN_MS });
  // Without a listener a reset would be an uncaught exception; the pending call rejects anyway.
  connection.on('error', () => undefined);
  try {
    const channel = await connection.createChannel();
    channel.on('error', () => undefined);
    for (const queue of queues) await channel.deleteQueue(queue);
    for (const exchange of exchanges) await channel.deleteExchange(exchange);
  } finally {
    // A connection that broke is closed already, and says so.
    await connection.close().catch(() => undefined);
  }
}
