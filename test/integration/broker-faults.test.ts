// What happens on the way to RabbitMQ: sockets that break, fall silent or are taken away at any moment. The test runner fails a
// test in which anything goes unhandled, so each of these also says: no error reaches the process.
import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Channel, type ChannelModel, connect } from 'amqplib';
import type { Delivery } from '../../shared/broker/broker.ts';
import { RabbitMqBroker, type RabbitMqOptions } from '../../shared/broker/rabbitmq/index.ts';
import type { Topology } from '../../shared/contract/topology.ts';
import { SystemClock, SystemRandom } from '../../shared/runtime/clock.ts';
import { acknowledging } from '../contract/broker/bench.ts';
import { eventually } from '../support/eventually.ts';
import { PersistentBroker } from '../support/persistent-broker.ts';
import { namespace, testServers } from '../support/servers.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

// Above the limits of the facts that are waited for, so that a failure says which one did not come.
jest.setTimeout(60_000);

const clock = new SystemClock();
const random = new SystemRandom();
const line = namespace();
let amqpUrl: string;
const closers: (() => Promise<unknown>)[] = [];

beforeAll(() => {
  ({ amqpUrl } = testServers());
});
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** Short limits, so that what takes long takes seconds. */
const HASTY = { connectMs: 1_000, openMs: 1_000, publishMs: 2_000, operationMs: 2_000, closeMs: 1_000 };

function open(url: string, more: Partial<RabbitMqOptions> = {}): RabbitMqBroker {
  const broker = new RabbitMqBroker({
    url,
    clock,
    random,
    name: 'faults',
    heartbeatSeconds: 1,
    deadlines: HASTY,
    ...more,
  });
  closers.push(() => broker.close());
  return broker;
}

async function openProxy(): Promise<TcpProxy> {
  const proxy = await TcpProxy.to(amqpUrl);
  closers.push(() => proxy.close());
  return proxy;
}

const queueTopology = (name: string): Topology => ({
  exchanges: [{ name: `${line}.x`, type: 'topic' }],
  queues: [{ name: `${line}.${name}` }],
  bindings: [{ from: `${line}.x`, to: { queue: `${line}.${name}` }, pattern: name }],
});

const message = (name: string, messageId: string) => ({
  exchange: `${line}.x`,
  routingKey: name,
  body: Buffer.from(messageId),
  contentType: 'text/plain',
  messageId,
  mandatory: true,
});

/** Everything that a process does with the broker, to the end, whatever happens on the way. */
async function useAll(broker: RabbitMqBroker, name: string): Promise<void> {
  const persistent = new PersistentBroker(broker, clock);
  await persistent.declare(queueTopology(name));
  const inbox = acknowledging();
  const subscription = await inbox.consume(persistent, `${line}.${name}`, { prefetch: 2 });
  const ids = ['a', 'b', 'c', 'd'];
  await Promise.all(ids.map((id) => persistent.publish(message(name, id))));
  await inbox.has(...ids);
  await eventually(async () => (await persistent.depth(`${line}.${name}`)) === 0, 15_000);
  await eventually(() => broker.isReady(), 15_000);
  await subscription.cancel();
  await broker.close();
}

/** A client of the test's own, for what only an operator does. */
async function asOperator(act: (channel: Channel) => Promise<unknown>): Promise<void> {
  const model: ChannelModel = await connect(amqpUrl);
  try {
    await act(await model.createChannel());
  } finally {
    await model.close();
  }
}

async function takesMs(call: Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await call.catch(() => undefined);
  return performance.now() - startedAt;
}

describe('RabbitMQ adapter', () => {
  describe('survives at every phase', () => {
    let chunks = 0;

    beforeAll(async () => {
      const proxy = await openProxy();
      proxy.onPassed = () => {
        chunks++;
      };
      await useAll(open(proxy.through(amqpUrl)), 'count');
    });

    const atEveryChunk = async (name: string, strike: (proxy: TcpProxy) => void): Promise<void> => {
      expect(chunks).toBeGreaterThan(30);
      const phases = Array.from({ length: chunks }, (_, index) => index + 1);
      await Promise.all(
        phases.map(async (phase) => {
          const proxy = await openProxy();
          let passed = 0;
          proxy.onPassed = () => {
            passed++;
            if (passed === phase) strike(proxy);
          };
          await useAll(open(proxy.through(amqpUrl)), `${name}${phase}`);
        }),
      );
    };

    it('a reset of its connections', async () => {
      await atEveryChunk('reset', (proxy) => proxy.reset());
    });

    it('a black hole that swallows everything for a while', async () => {
      await atEveryChunk('hole', (proxy) => {
        proxy.blackHole();
        clock.after(4_000, () => proxy.resume());
      });
    });

    it('a server that is away for a while', async () => {
      await atEveryChunk('away', (proxy) => {
        proxy.refuse();
        proxy.reset();
        clock.after(1_500, () => proxy.resume());
      });
    });
  });

  it('answers every call in bounded time while the server does not answer at all', async () => {
    const proxy = await openProxy();
    proxy.blackHole();
    const broker = open(proxy.through(amqpUrl));
    const startedAt = performance.now();
    const answers = await Promise.allSettled([
      broker.publish(message('q', 'm')),
      broker.declare(queueTopology('q')),
      broker.verify(queueTopology('q')),
      broker.depth(`${line}.q`),
    ]);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    const refused = { status: 'rejected', reason: { code: 'broker-unavailable' } };
    expect(answers).toMatchObject([refused, refused, refused, refused]);
    expect(broker.isReady()).toBe(false);
    expect(await takesMs(broker.close())).toBeLessThan(2_000);
  });

  it('answers a publish that was sent into silence, and closes in bounded time', async () => {
    const proxy = await openProxy();
    const broker = open(proxy.through(amqpUrl), { heartbeatSeconds: 60 });
    await broker.declare(queueTopology('silence'));
    await broker.publish(message('silence', 'a'));
    proxy.blackHole();
    const publish = broker.publish(message('silence', 'b'));
    expect(await takesMs(publish)).toBeLessThan(3_000);
    await expect(publish).rejects.toMatchObject({ code: 'publish-unknown' });
    expect(await takesMs(broker.close())).toBeLessThan(2_500);
  });

  it('lets what the broker refuses cost nobody else: neither a connection nor a delivery', async () => {
    const states: string[] = [];
    const broker = open(amqpUrl, { onState: (purpose, state) => states.push(`${purpose} ${state}`) });
    await broker.declare(queueTopology('steady'));
    const held: Delivery[] = [];
    await broker.consume(`${line}.steady`, { prefetch: 10, onDelivery: (delivery) => held.push(delivery) });
    await broker.publish(message('steady', 'held'));
    await eventually(() => held.length === 1);
    const missing = { exchanges: [], queues: [{ name: `${line}.missing` }], bindings: [] };
    const other = { ...missing, queues: [{ name: `${line}.steady`, messageTtlMs: 1_000 }] };
    const unbound = {
      ...missing,
      queues: [],
      bindings: [{ from: `${line}.none`, to: { queue: 'none' }, pattern: '#' }],
    };
    await expect(broker.declare(other)).rejects.toMatchObject({ code: 'topology-differs' });
    await expect(broker.declare(unbound)).rejects.toMatchObject({ code: 'broker-unavailable' });
    expect(await broker.verify(missing)).toEqual([`${line}.missing`]);
    expect(await broker.depth(`${line}.missing`)).toBeNull();
    await expect(broker.publish({ ...message('key', 'lost'), exchange: `${line}.none` })).rejects.toMatchObject({
      name: 'Unavailable',
    });
    held[0]?.ack();
    await broker.close();
    const reader = open(amqpUrl);
    expect(await reader.depth(`${line}.steady`)).toBe(0);
    expect(held).toHaveLength(1);
    expect(states.filter((state) => state.endsWith('waiting'))).toEqual([]);
  });

  it('takes a subscription up again when its queue was deleted and is back', async () => {
    const [declarer, consumer] = [open(amqpUrl), open(amqpUrl)];
    await declarer.declare(queueTopology('deleted'));
    const inbox = acknowledging();
    await inbox.consume(consumer, `${line}.deleted`);
    await asOperator((channel) => channel.deleteQueue(`${line}.deleted`));
    await eventually(() => !consumer.isReady());
    await declarer.declare(queueTopology('deleted'));
    await eventually(() => consumer.isReady());
    await declarer.publish(message('deleted', 'm'));
    await inbox.has('m');
  });

  it('declares again what the broker has lost, when it meets the loss', async () => {
    const broker = open(amqpUrl);
    const exchange = `${line}.wiped`;
    const queue = { queue: `${line}.wiped` };
    await broker.declare({
      exchanges: [{ name: exchange, type: 'topic' }],
      queues: [{ name: queue.queue }],
      bindings: [{ from: exchange, to: queue, pattern: '#' }],
    });
    const wipe = () =>
      asOperator(async (channel) => {
        await channel.deleteQueue(queue.queue);
        await channel.deleteExchange(exchange);
      });
    const persistent = new PersistentBroker(broker, clock);
    await wipe();
    // Met by the publisher: the exchange is gone.
    await persistent.publish({ ...message('key', 'a'), exchange });
    const inbox = acknowledging();
    await inbox.consume(broker, queue.queue);
    await inbox.has('a');
    await wipe();
    // Met by the consumer: its queue is gone.
    await eventually(() => !broker.isReady());
    await eventually(() => broker.isReady());
    await persistent.publish({ ...message('key', 'b'), exchange });
    await inbox.has('b');
  });

  it('stops being ready without a connection, and says why', async () => {
    const proxy = await openProxy();
    const lines: string[] = [];
    const states: string[] = [];
    const broker = open(proxy.through(amqpUrl), {
      log: (level, text) => lines.push(`${level} ${text}`),
      onState: (purpose, state) => states.push(`${purpose} ${state}`),
    });
    await eventually(() => broker.isReady());
    proxy.refuse();
    proxy.reset();
    await eventually(() => !broker.isReady());
    await expect(broker.publish(message('q', 'm'))).rejects.toMatchObject({ code: 'broker-unavailable' });
    proxy.resume();
    await eventually(() => broker.isReady());
    expect(lines).toContain('warn no connection to RabbitMQ');
    expect(states.slice(0, 3)).toEqual(['publishing connecting', 'publishing ready', 'publishing waiting']);
  });
});
