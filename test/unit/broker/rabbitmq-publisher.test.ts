import { beforeEach, describe, expect, it } from '@jest/globals';
import type { OutgoingMessage } from '../../../shared/broker/broker.ts';
import { RabbitMqConnection } from '../../../shared/broker/rabbitmq/connection.ts';
import { MissingExchanges } from '../../../shared/broker/rabbitmq/missing-exchanges.ts';
import { RabbitMqPublisher } from '../../../shared/broker/rabbitmq/publisher.ts';
import { settle, VirtualClock } from '../../../shared/testing/virtual-clock.ts';
import { type FakeChannel, FakeServer, fakeSettings } from '../../support/fake-amqp.ts';

const message = (messageId: string, exchange = 'x'): OutgoingMessage => ({
  exchange,
  routingKey: 'key',
  body: Buffer.from(messageId),
  contentType: 'text/plain',
  messageId,
  mandatory: true,
});

describe('publisher to RabbitMQ', () => {
  let clock: VirtualClock;
  let server: FakeServer;
  let connection: RabbitMqConnection;
  let publisher: RabbitMqPublisher;
  let existing: Set<string>;
  let answers: Map<string, string>;

  beforeEach(async () => {
    clock = new VirtualClock();
    server = new FakeServer();
    existing = new Set(['x', 'y']);
    answers = new Map();
    const settings = fakeSettings(clock);
    connection = new RabbitMqConnection('publishing', settings, server.dial);
    const missing = new MissingExchanges(clock, async (names) => names.filter((name) => !existing.has(name)));
    publisher = new RabbitMqPublisher(connection, settings, missing);
    connection.start();
    await settle();
  });

  const channel = (): FakeChannel => server.lastModel.lastChannel;
  const publish = (messageId: string, exchange?: string): void => {
    publisher.publish(message(messageId, exchange)).then(
      () => answers.set(messageId, 'taken'),
      (error: { code: string }) => answers.set(messageId, error.code),
    );
  };
  const sentIds = (): string[] => channel().published.map(({ options }) => options.messageId);
  const confirm = (messageId: string, error: Error | null = null): void =>
    channel()
      .published.find(({ options }) => options.messageId === messageId)
      ?.confirm(error);
  const comesBack = (messageId: string): boolean =>
    channel().emit('return', { fields: { exchange: 'x', routingKey: 'key' }, properties: { messageId } });

  it('answers each publish by its own confirm', async () => {
    publish('a');
    publish('b');
    confirm('b');
    await settle();
    expect(answers).toEqual(new Map([['b', 'taken']]));
  });

  it('calls unroutable what comes back before its confirm: of equal ones, the first', async () => {
    for (const id of ['a', 'same', 'same', 'same', 'b']) publish(id);
    for (const id of ['same', 'same', 'b']) comesBack(id);
    const [a, first, second, third, b] = channel().published;
    for (const [sent, answer] of [
      [third, 'taken'],
      [second, 'publish-unroutable'],
      [first, 'publish-unroutable'],
    ] as const) {
      answers.delete('same');
      sent?.confirm(null);
      await settle();
      expect(answers.get('same')).toBe(answer);
    }
    for (const sent of [a, b]) sent?.confirm(null);
    await settle();
    expect([answers.get('a'), answers.get('b')]).toEqual(['taken', 'publish-unroutable']);
  });

  it('waits for a connection, keeps the order, and tells when it was too long', async () => {
    server.accept = 'refuse';
    server.lastModel.emit('error', new Error('reset'));
    publish('early');
    await clock.advance(9_000);
    for (const id of ['a', 'b', 'c']) publish(id);
    await clock.advance(1_500);
    expect(Object.fromEntries(answers)).toEqual({ early: 'broker-unavailable' });
    server.accept = 'at once';
    await clock.runUntil(() => publisher.isReady, 1_500);
    expect(sentIds()).toEqual(['a', 'b', 'c']);
  });

  it('holds back while the broker blocks it, and is not ready', async () => {
    server.lastModel.emit('blocked', 'memory');
    expect(publisher.isReady).toBe(false);
    publish('a');
    publish('b');
    expect(sentIds()).toEqual([]);
    await clock.advance(5_000);
    server.lastModel.emit('unblocked');
    publish('c');
    expect(sentIds()).toEqual(['a', 'b', 'c']);
    server.lastModel.emit('blocked', 'memory');
    publish('d');
    await clock.advance(10_600);
    expect(answers.get('d')).toBe('broker-unavailable');
    expect(answers.get('a')).toBe('publish-unknown');
    // Blocked is not broken: the channel is kept.
    expect(server.lastModel.channels).toHaveLength(1);
  });

  it('waits for the write buffer to drain, and lets nothing overtake', async () => {
    channel().hasRoom = false;
    publish('a');
    publish('b');
    publish('c');
    expect(sentIds()).toEqual(['a']);
    channel().hasRoom = true;
    channel().emit('drain');
    expect(sentIds()).toEqual(['a', 'b', 'c']);
  });

  it('gives the channel up on a refusal, with all that is under way, and goes on after a pause', async () => {
    for (const id of ['a', 'b', 'c']) publish(id);
    const first = channel();
    confirm('a', new Error('message nacked'));
    first.emit('nack', { deliveryTag: 1 });
    await settle();
    expect(Object.fromEntries(answers)).toEqual({ a: 'publish-unknown', b: 'publish-unknown', c: 'publish-unknown' });
    expect(first.isClosed).toBe(true);
    publish('d');
    await clock.advance(499);
    expect(server.lastModel.channels).toHaveLength(1);
    await clock.advance(251);
    expect(server.lastModel.channels).toHaveLength(2);
    expect(sentIds()).toEqual(['d']);
  });

  it('answers a lost confirm in bounded time, and gives up a channel that confirms nothing at all', async () => {
    publish('a');
    await clock.advance(5_000);
    publish('b');
    confirm('b');
    await clock.advance(5_500);
    expect(Object.fromEntries(answers)).toEqual({ a: 'publish-unknown', b: 'taken' });
    expect(server.lastModel.channels).toHaveLength(1);
    // A late confirm is no second answer.
    confirm('a');
    publish('c');
    await clock.advance(11_500);
    expect(answers.get('c')).toBe('publish-unknown');
    expect(server.lastModel.channels).toHaveLength(2);
  });

  it('turns away messages for an exchange that is missing, without breaking its channel a second time', async () => {
    existing.delete('y');
    publish('a');
    publish('lost', 'y');
    channel().emit('error', Object.assign(new Error('no exchange'), { code: 404 }));
    await settle();
    expect(Object.fromEntries(answers)).toEqual({ a: 'publish-unknown', lost: 'publish-unknown' });
    await clock.advance(750);
    publish('lost again', 'y');
    publish('b');
    confirm('b');
    await settle();
    expect([answers.get('lost again'), answers.get('b')]).toEqual(['exchange-missing', 'taken']);
    expect(sentIds()).toEqual(['b']);
    existing.add('y');
    await clock.advance(1_000);
    publish('asks', 'y');
    await settle();
    publish('found', 'y');
    expect(sentIds()).toContain('found');
  });

  it('drains before it closes, takes nothing more, and leaves no timer', async () => {
    publish('a');
    let isDrained = false;
    const ending = publisher.drain().finally(() => {
      isDrained = true;
    });
    publish('late');
    await settle();
    expect([isDrained, answers.get('late')]).toEqual([false, 'stopped']);
    confirm('a');
    await settle();
    expect([isDrained, answers.get('a')]).toEqual([true, 'taken']);
    await ending;
    await publisher.close(1_000);
    await connection.close(1_000);
    expect(clock.untilNext).toBeUndefined();
  });
});
