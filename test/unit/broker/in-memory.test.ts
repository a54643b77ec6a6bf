import { describe, expect, it } from '@jest/globals';
import { InMemoryBroker } from '../../../shared/broker/in-memory/index.ts';
import { delayRoute, ladderTopology } from '../../../shared/contract/delay-ladder.ts';
import { exchangeName, lineTopology, stationTopology } from '../../../shared/contract/topology.ts';
import { VirtualClock } from '../../../shared/testing/virtual-clock.ts';

const NAMESPACE = 'line';
const HOUR_MS = 3_600_000;

async function line() {
  const clock = new VirtualClock();
  const server = new InMemoryBroker({ clock });
  const connection = server.connect();
  await connection.declare(lineTopology(NAMESPACE, ladderTopology(NAMESPACE)));
  await connection.declare(stationTopology(NAMESPACE, 'ship'));
  const publish = (messageId: string, route: { exchange: string; routingKey: string }) =>
    connection.publish({
      ...route,
      body: Buffer.from(messageId),
      contentType: 'text/plain',
      messageId,
      mandatory: true,
    });
  const work = { exchange: exchangeName.work(NAMESPACE), routingKey: 'orders.ship' };
  return { clock, server, connection, publish, work };
}

describe('broker in memory', () => {
  it('keeps a delayed message for its delay to the unit, over any number of rungs', async () => {
    const { clock, connection, publish } = await line();
    const arrivedAt = new Map<string, number>();
    await connection.consume(`${NAMESPACE}.work.ship`, {
      prefetch: 10,
      onDelivery: (delivery) => {
        arrivedAt.set(delivery.messageId ?? '', clock.monotonic());
        delivery.ack();
      },
    });
    const delays = [100, 1_234, 60_000, 5 * HOUR_MS + 12_345, 24 * 30 * HOUR_MS];
    for (const delayMs of delays) void publish(String(delayMs), delayRoute(NAMESPACE, delayMs, 'work:ship'));
    await clock.advance(24 * 31 * HOUR_MS);
    for (const delayMs of delays) expect(arrivedAt.get(String(delayMs))).toBe(Math.ceil(delayMs / 100) * 100);
  });

  it('arms one timer per queue, however many messages rest in it', async () => {
    const { clock, server, publish } = await line();
    const timers: number[] = [];
    const after = clock.after.bind(clock);
    clock.after = (ms, action) => {
      if (ms > 0) timers.push(ms);
      return after(ms, action);
    };
    const route = delayRoute(NAMESPACE, 200, 'work:ship');
    for (let index = 0; index < 500; index++) void publish(`m${index}`, route);
    await clock.advance(100);
    expect(timers).toEqual([200]);
    await clock.advance(200);
    expect(server.depths().get(`${NAMESPACE}.work.ship`)).toEqual({ ready: 500, unacknowledged: 0 });
    server.close();
    expect(clock.untilNext).toBeUndefined();
  });

  it('tells a publish under way at a drop that its outcome is unknown, and others that nothing was sent', async () => {
    const { clock, connection, publish, work } = await line();
    const code = (promise: Promise<void>): Promise<string> =>
      promise.then(
        () => 'taken',
        (error: { code: string }) => error.code,
      );
    const underWay = code(publish('under way', work));
    connection.drop(1_000);
    expect(await underWay).toBe('publish-unknown');
    expect(await code(publish('while broken', work))).toBe('broker-unavailable');
    expect(connection.isReady()).toBe(false);
    await clock.advance(1_000);
    const after = code(publish('after', work));
    await clock.advance(0);
    expect(await after).toBe('taken');
    expect(await connection.depth(`${NAMESPACE}.work.ship`)).toBe(1);
  });

  it('gives what a killed connection held to another, and nothing more to it', async () => {
    const { clock, server, connection, publish, work } = await line();
    const worker = server.connect();
    const seen: string[] = [];
    const consume = (name: string, broker: typeof worker) =>
      broker.consume(`${NAMESPACE}.work.ship`, {
        prefetch: 2,
        onDelivery: ({ messageId, redelivered }) => seen.push(`${name} ${messageId} ${redelivered}`),
      });
    await consume('worker', worker);
    for (const id of ['a', 'b', 'c']) void publish(id, work);
    await clock.advance(0);
    expect(seen).toEqual(['worker a false', 'worker b false']);
    worker.kill();
    await consume('heir', connection);
    await clock.advance(0);
    expect(seen.slice(2)).toEqual(['heir c false', 'heir a true']);
    await expect(worker.depth('any')).rejects.toMatchObject({ code: 'stopped' });
  });

  it('repeats itself exactly', async () => {
    const run = async (): Promise<string[]> => {
      const { clock, server, connection, publish, work } = await line();
      const history: string[] = [];
      for (const name of ['one', 'two', 'three']) {
        const worker = server.connect();
        await worker.consume(`${NAMESPACE}.work.ship`, {
          prefetch: 3,
          onDelivery: (delivery) => {
            history.push(`${clock.monotonic()} ${name} ${delivery.messageId}`);
            clock.after(7, () => (delivery.redelivered ? delivery.ack() : delivery.giveBack()));
          },
        });
        clock.after(17, () => worker.drop(5));
      }
      for (let index = 0; index < 40; index++) {
        void publish(`m${index}`, index % 2 === 0 ? work : delayRoute(NAMESPACE, 100 * index, 'work:ship'));
      }
      await clock.advance(10_000);
      expect(await connection.depth(`${NAMESPACE}.work.ship`)).toBe(0);
      return history;
    };
    const first = await run();
    expect(first.length).toBeGreaterThan(80);
    expect(await run()).toEqual(first);
  });

  it('keeps a dead letter that nothing takes until something does', async () => {
    const clock = new VirtualClock();
    const server = new InMemoryBroker({ clock });
    const connection = server.connect();
    await connection.declare({
      exchanges: [{ name: 'in', type: 'topic' }],
      queues: [{ name: 'resting', messageTtlMs: 10, deadLetterExchange: 'out' }],
      bindings: [{ from: 'in', to: { queue: 'resting' }, pattern: '#' }],
    });
    void connection.publish({
      exchange: 'in',
      routingKey: 'key',
      body: Buffer.alloc(0),
      contentType: 'text/plain',
      messageId: 'm',
      mandatory: true,
    });
    await clock.advance(1_000);
    expect(server.depths().get('resting')).toEqual({ ready: 0, unacknowledged: 1 });
    await connection.declare({
      exchanges: [{ name: 'out', type: 'topic' }],
      queues: [{ name: 'end' }],
      bindings: [{ from: 'out', to: { queue: 'end' }, pattern: '#' }],
    });
    expect(server.depths().get('resting')).toEqual({ ready: 0, unacknowledged: 0 });
    expect(await connection.depth('end')).toBe(1);
    expect(clock.untilNext).toBe(0);
  });
});
