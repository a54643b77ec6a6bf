import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.ts';
import type { BrokerSetup } from '../broker.ts';
import { acknowledging, bench, Collector } from './bench.ts';

export function deadLetterContract(setup: () => BrokerSetup): void {
  describe('dead letters', () => {
    const current = bench(setup);

    it('go on with their routing key when their time in the queue is over, and say where they were', async () => {
      const { broker } = await current().connect();
      const [resting, next] = [current().name('resting'), current().name('next')];
      await broker.declare({
        exchanges: [
          { name: resting, type: 'topic' },
          { name: next, type: 'topic' },
        ],
        queues: [{ name: resting, messageTtlMs: 60, deadLetterExchange: next }, { name: next }],
        bindings: [
          { from: resting, to: { queue: resting }, pattern: '#' },
          { from: next, to: { queue: next }, pattern: 'a.key' },
        ],
      });
      const inbox = acknowledging();
      await inbox.consume(broker, next);
      const headers = { kept: 'yes' };
      await broker.publish(current().message('a.key', 'm', { exchange: resting, headers }));
      await inbox.has('m');
      expect(inbox.deliveries[0]).toMatchObject({
        exchange: next,
        routingKey: 'a.key',
        contentType: 'text/plain',
        redelivered: false,
        headers: {
          kept: 'yes',
          'x-first-death-queue': resting,
          'x-first-death-reason': 'expired',
          'x-death': [{ queue: resting, exchange: resting, reason: 'expired', 'routing-keys': ['a.key'], count: 1 }],
        },
      });
    });

    it('are what came back more often than the limit allows', async () => {
      const { broker } = await current().connect();
      const [exchange, queue, dead] = [current().name('x'), current().name('q'), current().name('dead')];
      await broker.declare({
        exchanges: [
          { name: exchange, type: 'topic' },
          { name: dead, type: 'topic' },
        ],
        queues: [{ name: queue, deliveryLimit: 2, deadLetterExchange: dead }, { name: dead }],
        bindings: [
          { from: exchange, to: { queue }, pattern: '#' },
          { from: dead, to: { queue: dead }, pattern: '#' },
        ],
      });
      const inbox = new Collector((delivery) => delivery.giveBack());
      await inbox.consume(broker, queue, { prefetch: 1 });
      const letters = acknowledging();
      await letters.consume(broker, dead);
      await current().publish(broker, 'poison', 'm');
      await letters.has('m');
      const count = inbox.deliveries.length / letters.deliveries.length;
      if (!setup().features.duplicates) expect(count).toBe(3);
      expect(letters.deliveries[0]).toMatchObject({
        routingKey: 'poison',
        headers: { 'x-first-death-queue': queue, 'x-first-death-reason': 'delivery_limit' },
      });
    });

    it('that nothing takes go to the alternate exchange, and hold up nobody', async () => {
      const { broker } = await current().connect();
      const [resting, deliver, rest] = [current().name('resting'), current().name('deliver'), current().name('rest')];
      await broker.declare({
        exchanges: [
          { name: resting, type: 'topic' },
          { name: deliver, type: 'topic', alternateExchange: rest },
          { name: rest, type: 'topic' },
        ],
        queues: [{ name: resting, messageTtlMs: 30, deadLetterExchange: deliver }, { name: deliver }, { name: rest }],
        bindings: [
          { from: resting, to: { queue: resting }, pattern: '#' },
          { from: deliver, to: { queue: deliver }, pattern: 'known' },
          { from: rest, to: { queue: rest }, pattern: '#' },
        ],
      });
      const [known, unknown] = [acknowledging(), acknowledging()];
      await known.consume(broker, deliver);
      await unknown.consume(broker, rest);
      const lost = Array.from({ length: 100 }, (_, index) => `lost${index}`);
      const publish = (key: string, id: string) => broker.publish(current().message(key, id, { exchange: resting }));
      await Promise.all(lost.map((id) => publish('vanished', id)));
      await publish('known', 'm');
      await known.has('m');
      await unknown.has(...lost);
      await eventually(async () => (await broker.depth(resting)) === 0);
    });
  });
}
