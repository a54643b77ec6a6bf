import { describe, expect, it } from '@jest/globals';
import type { Broker } from '../../../shared/broker/broker.ts';
import { Unavailable } from '../../../shared/core/errors.ts';
import { eventually } from '../../support/eventually.ts';
import type { BrokerSetup } from '../broker.ts';
import { acknowledging, bench, Collector } from './bench.ts';

export function lossContract(setup: () => BrokerSetup): void {
  describe('loss', () => {
    const current = bench(setup);

    /** Publishes until the outcome is known, as the engine does. */
    const persist = async (broker: Broker, routingKey: string, id: string): Promise<void> => {
      const publish = () => broker.publish(current().message(routingKey, id));
      await eventually(
        () =>
          publish().then(
            () => true,
            (error: unknown) => {
              if (error instanceof Unavailable && error.code !== 'publish-unroutable') return false;
              throw error;
            },
          ),
        30_000,
      );
    };

    it('of a connection brings back what it held, marked, and the subscription goes on', async () => {
      const connection = await current().line('q');
      const { broker } = connection;
      await current().publish(broker, 'q', 'm1', 'm2');
      const inbox = new Collector();
      await inbox.consume(broker, current().name('q'));
      await inbox.has('m1', 'm2');
      const early = [...inbox.deliveries];
      connection.drop();
      await eventually(() => ['m1', 'm2'].every((id) => inbox.find(id, { redelivered: true }) !== undefined), 15_000);
      // An acknowledgement that comes too late, for a delivery of the connection that broke: without effect.
      for (const delivery of early) delivery.ack();
      await persist(broker, 'q', 'm3');
      await inbox.has('m3');
      await broker.close();
      const other = acknowledging();
      await other.consume((await current().connect()).broker, current().name('q'));
      await other.has('m1', 'm2', 'm3');
    });

    it('of a connection answers the publishes under way, and none that was confirmed is missing', async () => {
      const connection = await current().line('q');
      const { broker } = connection;
      const ids = Array.from({ length: 500 }, (_, index) => `m${index}`);
      const confirmed: string[] = [];
      let published = 0;
      const answered = Promise.all(
        ids.map(async (id) => {
          await broker.publish(current().message('q', id)).then(
            () => confirmed.push(id),
            (error: unknown) => expect(error).toBeInstanceOf(Unavailable),
          );
          published++;
        }),
      );
      connection.drop();
      await answered;
      expect(published).toBe(ids.length);
      for (const id of ids.slice(0, 10)) await persist(broker, 'q', id);
      const inbox = acknowledging();
      await inbox.consume(broker, current().name('q'));
      await inbox.has(...confirmed, ...ids.slice(0, 10));
    });

    it('again and again, of every connection, ends in the same: all is delivered, and it is ready again', async () => {
      const connection = await current().line('q');
      const { broker } = connection;
      const inbox = acknowledging();
      await inbox.consume(broker, current().name('q'), { prefetch: 5 });
      const ids = Array.from({ length: 40 }, (_, index) => `m${index}`);
      for (const [index, id] of ids.entries()) {
        if (index % 8 === 3) connection.drop();
        await persist(broker, 'q', id);
      }
      await inbox.has(...ids);
      await eventually(() => broker.isReady());
      await eventually(async () => (await broker.depth(current().name('q'))) === 0);
    });

    it('ends the time since when publishing works; it counts anew from the next connection on', async () => {
      const connection = await current().line('q');
      const { broker } = connection;
      await persist(broker, 'q', 'm1');
      const before = broker.publishesSince();
      if (before === undefined) throw new Error('it has just published');
      await persist(broker, 'q', 'm2');
      expect(broker.publishesSince()).toBe(before);
      connection.drop();
      await eventually(() => (broker.publishesSince() ?? 0) > before);
      await persist(broker, 'q', 'm3');
      await broker.close();
      expect(broker.publishesSince()).toBeUndefined();
    });

    it('of the server for a while loses nothing that was confirmed', async () => {
      const { restartServer } = setup();
      if (restartServer === undefined) return;
      const { broker } = await current().line('q', 'consumed');
      const ids = Array.from({ length: 50 }, (_, index) => `m${index}`);
      await current().publish(broker, 'q', ...ids);
      const inbox = new Collector();
      await inbox.consume(broker, current().name('consumed'));
      await current().publish(broker, 'consumed', 'held');
      await inbox.has('held');
      await restartServer();
      await eventually(() => broker.isReady(), 30_000);
      await eventually(() => inbox.find('held', { redelivered: true }) !== undefined, 30_000);
      await persist(broker, 'consumed', 'after');
      await inbox.has('after');
      const rest = acknowledging();
      await rest.consume(broker, current().name('q'));
      await rest.has(...ids);
    }, 120_000);
  });
}
