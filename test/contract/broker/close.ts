import { describe, expect, it } from '@jest/globals';
import { Fatal } from '../../../shared/core/errors.ts';
import { eventually } from '../../support/eventually.ts';
import type { BrokerSetup } from '../broker.ts';
import { acknowledging, bench, Collector, NO_TOPOLOGY } from './bench.ts';

export function closeContract(setup: () => BrokerSetup): void {
  describe('close', () => {
    const current = bench(setup);

    it('answers the publishes under way', async () => {
      const { broker } = await current().line('q');
      const ids = Array.from({ length: 50 }, (_, index) => `m${index}`);
      const publishes = Promise.allSettled(ids.map((id) => broker.publish(current().message('q', id))));
      await broker.close();
      const answers = await publishes;
      const reader = await current().connect();
      const inbox = acknowledging();
      await inbox.consume(reader.broker, current().name('q'));
      await inbox.has(...ids.filter((_, index) => answers[index]?.status === 'fulfilled'));
      // Behind faults, a repeated one may come after the close: then it is refused, and so it was answered.
      if (!setup().features.duplicates) expect(answers.every(({ status }) => status === 'fulfilled')).toBe(true);
    });

    it('keeps what was acknowledged just before, and gives the rest back, marked', async () => {
      const { broker } = await current().line('q');
      await current().publish(broker, 'q', 'm1', 'm2', 'm3');
      const inbox = new Collector();
      await inbox.consume(broker, current().name('q'));
      await inbox.has('m1', 'm2', 'm3');
      const [kept] = inbox.distinctIds;
      for (const delivery of inbox.deliveries) if (delivery.messageId === kept) delivery.ack();
      await broker.close();
      const other = acknowledging();
      await other.consume((await current().connect()).broker, current().name('q'));
      await other.has(...inbox.distinctIds.slice(1));
      expect(other.distinctIds).not.toContain(kept);
      expect(other.deliveries.every(({ redelivered }) => redelivered)).toBe(true);
      // Late words on deliveries of a closed connection have no effect.
      for (const delivery of inbox.deliveries) delivery.giveBack();
    });

    it('hands out nothing afterwards', async () => {
      const { broker } = await current().line('q');
      const inbox = acknowledging();
      await inbox.consume(broker, current().name('q'));
      await broker.close();
      const other = await current().connect();
      await current().publish(other.broker, 'q', 'later');
      const second = acknowledging();
      await second.consume(other.broker, current().name('q'));
      await second.has('later');
      expect(inbox.deliveries).toEqual([]);
    });

    it('refuses everything afterwards, also what is still waiting, and may be repeated', async () => {
      const { broker } = await current().line('q');
      const waiting = broker.consume(current().name('never'), { prefetch: 1, onDelivery: () => {} });
      const refused = expect(waiting).rejects.toMatchObject({ code: 'stopped' });
      await eventually(() => !broker.isReady());
      await Promise.all([broker.close(), broker.close()]);
      await broker.close();
      await refused;
      const calls = [
        () => broker.publish(current().message('q', 'm')),
        () => broker.consume(current().name('q'), { prefetch: 1, onDelivery: () => {} }),
        () => broker.declare(NO_TOPOLOGY),
        () => broker.verify(NO_TOPOLOGY),
        () => broker.depth(current().name('q')),
      ];
      for (const call of calls) {
        const error = await call().then(
          () => undefined,
          (reason: unknown) => reason,
        );
        expect(error).toBeInstanceOf(Fatal);
        expect(error).toMatchObject({ code: 'stopped' });
      }
      expect(broker.isReady()).toBe(false);
    });
  });
}
