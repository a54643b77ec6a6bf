import { describe, expect, it } from '@jest/globals';
import type { Delivery } from '../../../shared/broker/broker.ts';
import { eventually } from '../../support/eventually.ts';
import type { BrokerSetup } from '../broker.ts';
import { acknowledging, bench } from './bench.ts';

export function listenContract(setup: () => BrokerSetup): void {
  describe('listen', () => {
    const current = bench(setup);

    /** What it hears of the keys that match, by message id. */
    async function ear(pattern: string) {
      const heard: Delivery[] = [];
      const connection = await current().connect();
      const subscription = await connection.broker.listen({
        exchange: current().name('x'),
        pattern,
        onDelivery: (delivery) => heard.push(delivery),
      });
      const ids = (): string[] => [...new Set(heard.map(({ messageId = '' }) => messageId))];
      return { ...connection, subscription, heard, ids };
    }

    it('gets a copy of what matches, from then on, and takes nothing from the queues', async () => {
      const { broker } = await current().line('parcel.sent');
      await current().publish(broker, 'parcel.sent', 'before');
      const { ids } = await ear('*.sent');
      await broker.publish(current().message('parcel.lost', 'other', { mandatory: false }));
      await current().publish(broker, 'parcel.sent', 'm1', 'm2');
      await eventually(() => ids().length === 2);
      expect(ids()).toEqual(['m1', 'm2']);
      const inbox = acknowledging();
      await inbox.consume(broker, current().name('parcel.sent'));
      await inbox.has('before', 'm1', 'm2');
    });

    it('gives each of several listeners its own copy', async () => {
      const { broker } = await current().line('q');
      const ears = [await ear('#'), await ear('q')];
      await current().publish(broker, 'q', 'm');
      await eventually(() => ears.every(({ ids }) => ids().includes('m')));
    });

    it('leaves nothing behind when it is cancelled, or its connection is closed', async () => {
      const { broker } = await current().line('q');
      const [cancelled, closed] = [await ear('#'), await ear('#')];
      await current().publish(broker, 'q', 'm');
      await eventually(() => [cancelled, closed].every(({ heard }) => heard.length > 0));
      const queues = [cancelled, closed].map(({ heard }) => heard[0]?.queue ?? '');
      await cancelled.subscription.cancel();
      await closed.broker.close();
      for (const queue of queues) await eventually(async () => (await broker.depth(queue)) === null);
      await current().publish(broker, 'q', 'later');
      expect(cancelled.ids()).toEqual(['m']);
    });

    it('hears again after its connection was lost', async () => {
      const { broker } = await current().line('q');
      const listener = await ear('#');
      listener.drop();
      let count = 0;
      await eventually(async () => {
        await current().publish(broker, 'q', `m${count++}`);
        return listener.ids().length > 0;
      });
    });

    it('waits for an exchange that does not exist yet', async () => {
      const listening = ear('#');
      const { broker } = await current().line('q');
      const { ids } = await listening;
      await current().publish(broker, 'q', 'm');
      await eventually(() => ids().includes('m'));
    });
  });
}
