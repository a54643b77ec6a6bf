import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Channel } from 'amqplib';
import { SupervisedChannel } from '../../../shared/broker/rabbitmq/channel.ts';
import { RabbitMqConnection } from '../../../shared/broker/rabbitmq/connection.ts';
import { settle, VirtualClock } from '../../../shared/testing/virtual-clock.ts';
import { deferred, type FakeChannel, FakeServer, fakeSettings } from '../../support/fake-amqp.ts';

describe('supervised channel', () => {
  let clock: VirtualClock;
  let server: FakeServer;
  let connection: RabbitMqConnection;
  let heard: string[];
  let setUp: (channel: Channel) => Promise<void>;
  let supervised: SupervisedChannel<Channel>;

  beforeEach(async () => {
    clock = new VirtualClock();
    server = new FakeServer();
    heard = [];
    setUp = async () => {};
    const settings = fakeSettings(clock);
    connection = new RabbitMqConnection('consuming', settings, server.dial);
    supervised = new SupervisedChannel<Channel>(connection, settings, {
      purpose: 'test',
      create: (model) => model.createChannel(),
      setUp: (channel) => setUp(channel),
      opened: () => heard.push('opened'),
      lost: (error) => heard.push(`lost: ${String(error)}`),
      failed: (error) => heard.push(`failed: ${String(error)}`),
    });
    connection.start();
    await settle();
  });

  it('opens with its connection, and again with the next one, without a pause', async () => {
    expect(supervised.isOpen).toBe(true);
    server.lastModel.emit('error', new Error('reset'));
    expect(supervised.isOpen).toBe(false);
    await clock.runUntil(() => supervised.isOpen, 200);
    expect(heard).toEqual(['opened', 'lost: Error: reset', 'opened']);
  });

  it('opens again after a pause of half a second at least, when the server has closed it', async () => {
    const channel = server.lastModel.lastChannel;
    channel.emit('error', new Error('404'));
    channel.emit('close');
    await clock.advance(499);
    expect(server.lastModel.channels).toHaveLength(1);
    await clock.advance(251);
    expect(supervised.isOpen).toBe(true);
    expect(heard).toEqual(['opened', 'lost: Error: 404', 'opened']);
  });

  it('pauses longer and longer while it cannot be set up', async () => {
    setUp = () => Promise.reject(new Error('no queue'));
    server.lastModel.lastChannel.emit('close');
    await clock.advance(60_000);
    expect(heard.filter((line) => line.startsWith('failed')).length).toBeGreaterThan(8);
    expect(heard.filter((line) => line.startsWith('failed')).length).toBeLessThan(16);
    setUp = async () => {};
    await clock.advance(7_500);
    expect(supervised.isOpen).toBe(true);
  });

  it('hears an error of a channel that is still being set up', async () => {
    const settingUp = deferred<void>();
    setUp = () => settingUp.promise;
    server.lastModel.lastChannel.emit('close');
    await clock.advance(750);
    server.lastModel.lastChannel.emit('error', new Error('406'));
    expect(heard.at(-1)).toBe('failed: Error: 406');
    settingUp.reject(new Error('406'));
    setUp = async () => {};
    await clock.advance(2_000);
    expect(supervised.isOpen).toBe(true);
  });

  it('lets a queue without a leader take its time, as long as the connection answers', async () => {
    const settingUp = deferred<void>();
    setUp = () => settingUp.promise;
    server.lastModel.lastChannel.emit('close');
    await clock.advance(120_000);
    expect([connection.state, server.models.length, supervised.isOpen]).toEqual(['ready', 1, false]);
    settingUp.resolve();
    await settle();
    expect(supervised.isOpen).toBe(true);
  });

  it('gives the connection up when nothing can be opened on it', async () => {
    const { lastModel } = server;
    lastModel.open = () => deferred<FakeChannel>().promise;
    lastModel.lastChannel.emit('close');
    await clock.advance(750 + 20_000 + 200);
    expect(server.models).toHaveLength(2);
    expect(supervised.isOpen).toBe(true);
  });

  it('is gone for good when closed, also in the middle of being opened', async () => {
    const settingUp = deferred<void>();
    setUp = () => settingUp.promise;
    server.lastModel.lastChannel.emit('close');
    await clock.advance(750);
    const opening = server.lastModel.lastChannel;
    await supervised.close(1_000);
    settingUp.resolve();
    await settle();
    expect(opening.isClosed).toBe(true);
    await clock.advance(60_000);
    expect(server.lastModel.channels).toHaveLength(2);
    expect(supervised.isOpen).toBe(false);
  });

  it('does not wait for the goodbye of a broker that reads nothing', async () => {
    server.lastModel.emit('blocked', 'low on memory');
    server.lastModel.lastChannel.closing = deferred<void>().promise;
    await supervised.close(1_000);
    expect(heard).toEqual(['opened', 'lost: Error: closed']);
  });

  it('closes in bounded time when the server does not answer', async () => {
    server.lastModel.lastChannel.closing = deferred<void>().promise;
    let isClosed = false;
    const ending = supervised.close(1_000).finally(() => {
      isClosed = true;
    });
    await clock.advance(999);
    expect(isClosed).toBe(false);
    await clock.advance(1);
    await ending;
    expect(isClosed).toBe(true);
  });
});
