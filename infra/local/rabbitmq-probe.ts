// Ready means that a client can work: not that a port answers, which it does for any program and, on a stopped one, for
// as long as the kernel has room in the listen queue.
import { randomBytes } from 'node:crypto';
import amqp from 'amqplib';

const CONNECT_WITHIN_MS = 3_000;
// A server that stops answering in the middle of the probe is noticed by its missing heartbeats, within 3 of them.
const HEARTBEAT_S = 2;

/**
 * Connects and, with `declare`, declares and deletes a quorum queue, the kind that everything on the line uses.
 * Resolves to the server's version; rejects when any of it fails.
 */
export async function probeRabbitmq(url: string, options: { readonly declare: boolean }): Promise<string> {
  const dialled = new URL(url);
  dialled.searchParams.set('heartbeat', String(HEARTBEAT_S));
  const connection = await amqp.connect(dialled.toString(), { timeout: CONNECT_WITHIN_MS });
  // Without a listener a reset during the probe would be an uncaught exception; the pending call rejects anyway.
  connection.on('error', () => undefined);
  try {
    const channel = await connection.createChannel();
    channel.on('error', () => undefined);
    if (options.declare) {
      const queue = `servers-probe-${randomBytes(6).toString('hex')}`;
      // It expires by itself in case this process dies before the deletion.
      await channel.assertQueue(queue, {
        durable: true,
        arguments: { 'x-queue-type': 'quorum', 'x-expires': 60_000 },
      });
      await channel.deleteQueue(queue);
    }
    const { version } = connection.connection.serverProperties;
    return typeof version === 'string' ? version : 'unknown';
  } finally {
    // A connection that broke is closed already, and says so.
    await connection.close().catch(() => undefined);
  }
}
