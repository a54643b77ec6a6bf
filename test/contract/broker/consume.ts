import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.ts';
import type { BrokerSetup } from '../broker.ts';
import { acknowledging, bench, Collector } from './bench.ts';

export function consumeContract(setup: () => BrokerSetup): void {
  describe('consume', () => {
    const current = bench(setup);
    const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `m${index}`);

    it('hands out no more than the prefetch, and more as they are acknowledged', async () => {
      const { broker } = await current().line('q');
      await current().publish(broker, 'q', ...ids(20));
      const inbox = new Collector();
      await inbox.consume(broker, current().name('q'), { prefetch: 3 });
      for (let settled = 0; settled < 10; settled++) {
        await eventually(() => inbox.deliveries.length >= settled + 3);
        // Whatever else were handed out would have come before the answer to this question.
        await broker.depth(current().name('q'));
        expect(inbox.deliveries).toHaveLength(settled + 3);
        inbox.deliveries[settled]?.ack();
      }
    });

    it('shares a queue among its consumers, in turn', async () => {
      const { broker } = await current().line('q');
      const inboxes = [new Collector(), new Collector(), new Collector()];
      for (const inbox of inboxes) await inbox.consume(broker, current().name('q'), { prefetch: 2 });
      await current().publish(broker, 'q', ...ids(6));
      await eventually(() => inboxes.every(({ deliveries }) => deliveries.length === 2));
    });

    it('does not deliver within a call of publish or of consume', async () => {
      const { broker } = await current().line('q');
      await current().publish(broker, 'q', 'before');
      let isWithin = false;
      const seen: boolean[] = [];
      const watch = new Collector((delivery) => {
        seen.push(isWithin);
        delivery.ack();
      });
      isWithin = true;
      const consuming = watch.consume(broker, current().name('q'));
      isWithin = false;
      await consuming;
      await watch.has('before');
      isWithin = true;
      const publishing = broker.publish(current().message('q', 'later'));
      isWithin = false;
      await publishing;
      await watch.has('later');
      expect(seen).not.toContain(true);
    });

    it('delivers again what is given back, marked, to whoever consumes', async () => {
      const { broker } = await current().line('q');
      await current().publish(broker, 'q', 'm');
      const inbox = new Collector();
      const subscription = await inbox.consume(broker, current().name('q'), { prefetch: 1 });
      await inbox.has('m');
      expect(inbox.deliveries[0]?.redelivered).toBe(false);
      await subscription.cancel();
      const other = acknowledging();
      await other.consume((await current().connect()).broker, current().name('q'));
      inbox.deliveries[0]?.giveBack();
      await eventually(() => other.find('m', { redelivered: true }) !== undefined);
      expect(inbox.deliveries).toHaveLength(1);
    });

    it('counts only the first word on a delivery', async () => {
      const { broker } = await current().line('q');
      await current().publish(broker, 'q', 'm1', 'm2');
      const inbox = new Collector();
      await inbox.consume(broker, current().name('q'));
      await inbox.has('m1', 'm2');
      const count = inbox.deliveries.length;
      for (const delivery of inbox.deliveries) {
        delivery.ack();
        delivery.ack();
        delivery.giveBack();
      }
      await current().publish(broker, 'q', 'm3');
      await inbox.has('m3');
      expect(inbox.find('m1', { redelivered: true }) ?? inbox.find('m2', { redelivered: true })).toBeUndefined();
      expect(inbox.deliveries.length).toBeGreaterThan(count);
    });

    it('waits for a queue that does not exist yet', async () => {
      const { broker } = await current().connect();
      const inbox = acknowledging();
      const consuming = inbox.consume(broker, current().name('q'));
      const other = await current().line('q');
      await current().publish(other.broker, 'q', 'm');
      await consuming;
      await inbox.has('m');
    });

    it('hands out nothing after cancelling, but lets what was handed out be acknowledged', async () => {
      const { broker } = await current().line('q');
      await current().publish(broker, 'q', 'm1', 'm2', 'm3');
      const inbox = new Collector();
      const subscription = await inbox.consume(broker, current().name('q'), { prefetch: 2 });
      await eventually(() => inbox.deliveries.length === 2);
      await Promise.all([subscription.cancel(), subscription.cancel()]);
      const held = inbox.distinctIds;
      for (const delivery of inbox.deliveries) delivery.ack();
      await current().publish(broker, 'q', 'm4');
      const other = acknowledging();
      await other.consume(broker, current().name('q'));
      await other.has('m4');
      expect(inbox.deliveries).toHaveLength(2);
      if (!setup().features.duplicates) expect(other.distinctIds).not.toEqual(expect.arrayContaining(held));
      await subscription.cancel();
    });

    it('keeps the order of a queue for a single consumer', async () => {
      const { broker } = await current().line('q');
      await current().publish(broker, 'q', ...ids(200));
      const inbox = acknowledging();
      await inbox.consume(broker, current().name('q'), { prefetch: 10 });
      await inbox.has(...ids(200));
      expect(inbox.distinctIds).toEqual(ids(200));
    });
  });
}
