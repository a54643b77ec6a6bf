import { beforeEach, describe, expect, it } from '@jest/globals';
import { RabbitMqConnection } from '../../../shared/broker/rabbitmq/connection.ts';
import { settle, VirtualClock } from '../../../shared/testing/virtual-clock.ts';
import { deferred, FakeServer, fakeSettings } from '../../support/fake-amqp.ts';

describe('connection to RabbitMQ', () => {
  let clock: VirtualClock;
  let server: FakeServer;
  let states: string[];
  let heard: string[];
  let connection: RabbitMqConnection;

  beforeEach(() => {
    clock = new VirtualClock();
    server = new FakeServer();
    states = [];
    heard = [];
    const settings = fakeSettings(clock, { onState: (_, state) => states.push(state) });
    connection = new RabbitMqConnection('publishing', settings, server.dial);
    connection.listen({
      up: () => heard.push('up'),
      down: (problem) => heard.push(`down: ${problem}`),
      blocked: (isBlocked) => heard.push(isBlocked ? 'blocked' : 'unblocked'),
    });
  });

  it('gives an attempt up that takes too long, destroys its socket, and tries again', async () => {
    server.accept = 'never';
    connection.start();
    await clock.advance(9_999);
    expect(states).toEqual(['connecting']);
    await clock.advance(1);
    expect(states).toEqual(['connecting', 'waiting']);
    expect(server.dials[0]?.signal.aborted).toBe(true);
    server.accept = 'at once';
    await clock.advance(150);
    expect(states).toEqual(['connecting', 'waiting', 'connecting', 'ready']);
    expect(heard).toEqual(['up']);
  });

  it('ignores an attempt that was given up and opens all the same', async () => {
    server.accept = 'never';
    connection.start();
    await clock.advance(10_000);
    const [first] = server.dials;
    if (first === undefined) throw new Error('nobody dialled');
    const late = server.open(first.answer);
    await settle();
    expect(heard).toEqual([]);
    // C3: its failures are heard by somebody, or they would end the process.
    late.emit('error', new Error('aborted'));
    late.emit('close');
    expect(connection.model).toBeUndefined();
  });

  it('waits longer after each failure, within bounds, never in step', async () => {
    server.accept = 'refuse';
    connection.start();
    const dialledAt: number[] = [];
    while (server.dials.length < 9) {
      const count = server.dials.length;
      await clock.runUntil(() => server.dials.length > count, 5_000);
      dialledAt.push(clock.monotonic());
    }
    const pauses = dialledAt.map((at, index) => at - (dialledAt[index - 1] ?? 0));
    for (const [index, pause] of pauses.entries()) {
      const least = Math.min(1_000, 100 * 2 ** index);
      expect(pause).toBeGreaterThanOrEqual(least);
      expect(pause).toBeLessThanOrEqual(least * 1.5);
    }
    expect(new Set(pauses.map((pause, index) => pause / Math.min(1_000, 100 * 2 ** index))).size).toBe(8);
  });

  it('connects again after a loss, and tells its listeners of both', async () => {
    connection.start();
    await settle();
    server.lastModel.emit('error', new Error('read ECONNRESET'));
    server.lastModel.emit('close', new Error('read ECONNRESET'));
    expect(heard).toEqual(['up', 'down: read ECONNRESET']);
    expect(server.dials[0]?.signal.aborted).toBe(true);
    await clock.advance(200);
    expect(heard).toEqual(['up', 'down: read ECONNRESET', 'up']);
  });

  it('notices a server that closes in good order, which reports no error', async () => {
    connection.start();
    await settle();
    server.lastModel.emit('close', undefined);
    expect(connection.state).toBe('waiting');
  });

  it('is blocked and unblocked by the broker, and usable again after a loss in between', async () => {
    connection.start();
    await settle();
    server.lastModel.emit('blocked', 'low on memory');
    expect(connection.state).toBe('blocked');
    expect(connection.model).toBeDefined();
    server.lastModel.emit('unblocked');
    expect(connection.state).toBe('ready');
    server.lastModel.emit('blocked', 'low on disk');
    server.lastModel.emit('close');
    await clock.advance(200);
    expect(connection.state).toBe('ready');
    expect(heard).toEqual(['up', 'blocked', 'unblocked', 'blocked', 'down: closed', 'up']);
  });

  it('closes in bounded time when the server does not answer', async () => {
    connection.start();
    await settle();
    server.lastModel.closing = deferred<void>().promise;
    let isClosed = false;
    const ending = connection.close(3_000).finally(() => {
      isClosed = true;
    });
    await clock.advance(2_999);
    expect([isClosed, connection.state]).toEqual([false, 'closing']);
    await clock.advance(1);
    await ending;
    expect([isClosed, connection.state]).toEqual([true, 'closed']);
    expect(server.dials[0]?.signal.aborted).toBe(true);
    expect(clock.untilNext).toBeUndefined();
  });

  it('closes at once when the connection breaks meanwhile', async () => {
    connection.start();
    await settle();
    server.lastModel.closing = deferred<void>().promise;
    const closed = connection.close(3_000);
    await settle();
    server.lastModel.emit('error', new Error('read ECONNRESET'));
    server.lastModel.emit('close', new Error('read ECONNRESET'));
    await closed;
    expect(connection.state).toBe('closed');
    expect(clock.untilNext).toBeUndefined();
  });

  it('closes from every state, and then stays closed', async () => {
    await connection.close(1_000);
    expect(connection.state).toBe('closed');
    for (const accept of ['never', 'refuse'] as const) {
      server.accept = accept;
      const other = new RabbitMqConnection('consuming', fakeSettings(clock), server.dial);
      other.start();
      await clock.advance(10);
      expect(other.state).toBe(accept === 'never' ? 'connecting' : 'waiting');
      await other.close(1_000);
      await clock.advance(60_000);
      expect(other.state).toBe('closed');
      other.start();
      expect(other.state).toBe('closed');
    }
    expect(clock.untilNext).toBeUndefined();
  });
});
