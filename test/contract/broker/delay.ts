import { describe, expect, it } from '@jest/globals';
import { delayRoute, type LadderOptions, ladderTopology } from '../../../shared/contract/delay-ladder.ts';
import { exchangeName } from '../../../shared/contract/topology.ts';
import { eventually } from '../../support/eventually.ts';
import type { BrokerSetup } from '../broker.ts';
import { bench, Collector } from './bench.ts';

const LADDER: LadderOptions = { unitMs: 50, rungs: 6 };

export function delayContract(setup: () => BrokerSetup): void {
  describe('delay ladder', () => {
    const current = bench(setup);

    it('delivers each message after its own delay: none early, none behind a longer one', async () => {
      const { broker } = await current().connect();
      const namespace = current().prefix;
      const dead = exchangeName.dead(namespace);
      const ladder = ladderTopology(namespace, LADDER);
      await broker.declare({
        exchanges: [{ name: dead, type: 'topic' }, ...ladder.exchanges],
        queues: [{ name: current().name('station') }, ...ladder.queues],
        bindings: [
          ...ladder.bindings,
          { from: exchangeName.deliver(namespace), to: { queue: current().name('station') }, pattern: '#.work:ship' },
        ],
      });
      const sentAt = new Map<string, number>();
      const arrivedAfter = new Map<string, number>();
      const inbox = new Collector((delivery) => {
        const id = delivery.messageId ?? '';
        if (!arrivedAfter.has(id)) arrivedAfter.set(id, performance.now() - (sentAt.get(id) ?? 0));
        delivery.ack();
      });
      await inbox.consume(broker, current().name('station'));
      // The longest first: the shorter ones have to overtake them.
      const delays = [2_000, 1_550, 800, 750, 400, 350, 200, 100, 50, 50, 20];
      await Promise.all(
        delays.map((delayMs, index) => {
          const id = `${delayMs}-${index}`;
          sentAt.set(id, performance.now());
          return broker.publish(current().message('', id, delayRoute(namespace, delayMs, 'work:ship', LADDER)));
        }),
      );
      await eventually(() => arrivedAfter.size === delays.length, 20_000);
      for (const [index, delayMs] of delays.entries()) {
        const afterMs = arrivedAfter.get(`${delayMs}-${index}`) ?? 0;
        // Two clocks that count whole milliseconds: one is lost on each rung at most.
        const earliestMs = Math.max(delayMs, LADDER.unitMs) - LADDER.rungs;
        const isInTime = afterMs >= earliestMs && afterMs <= delayMs + setup().features.latenessMs;
        expect({ delayMs, afterMs, isInTime }).toEqual({ delayMs, afterMs, isInTime: true });
      }
      const [delivery] = inbox.deliveries;
      expect(delivery?.routingKey.endsWith('.work:ship')).toBe(true);
      for (const { name } of ladder.queues) expect(await broker.depth(name)).toBe(0);
    });
  });
}
