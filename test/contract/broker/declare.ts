import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.ts';
import type { BrokerSetup } from '../broker.ts';
import { bench, NO_TOPOLOGY } from './bench.ts';

export function declareContract(setup: () => BrokerSetup): void {
  describe('declare', () => {
    const current = bench(setup);

    it('creates what is missing, and may be repeated, also at the same time', async () => {
      const [first, second] = [await current().connect(), await current().connect()];
      const topology = {
        exchanges: [{ name: current().name('x'), type: 'topic' as const }],
        queues: [{ name: current().name('q'), messageTtlMs: 60_000, deadLetterExchange: current().name('x') }],
        bindings: [{ from: current().name('x'), to: { queue: current().name('q') }, pattern: 'q' }],
      };
      await Promise.all([first.broker.declare(topology), second.broker.declare(topology)]);
      await current().publish(second.broker, 'q', 'm');
      await first.broker.declare(topology);
      await eventually(async () => ((await first.broker.depth(current().name('q'))) ?? 0) >= 1);
    });

    it('binds from then on, also what has found no queue before', async () => {
      const { broker } = await current().line('q');
      const publish = () => broker.publish(current().message('new', 'm'));
      await expect(publish()).rejects.toMatchObject({ code: 'publish-unroutable' });
      const binding = { from: current().name('x'), to: { queue: current().name('q') }, pattern: 'new' };
      await broker.declare({ ...NO_TOPOLOGY, bindings: [binding] });
      await publish();
    });

    it('refuses to change what exists, and names it', async () => {
      const { broker } = await current().connect();
      const queue = { name: current().name('q'), messageTtlMs: 60_000 };
      await broker.declare({ ...NO_TOPOLOGY, queues: [queue] });
      const other = { ...NO_TOPOLOGY, queues: [{ ...queue, messageTtlMs: 30_000 }] };
      await expect(broker.declare(other)).rejects.toMatchObject({
        name: 'Refused',
        code: 'topology-differs',
        message: expect.stringContaining(queue.name),
      });
      await broker.declare({ ...NO_TOPOLOGY, queues: [queue] });
    });

    it('finds the names of what is missing, without creating it', async () => {
      const { broker } = await current().line('q');
      const topology = {
        exchanges: ['x', 'y'].map((name) => ({ name: current().name(name), type: 'topic' as const })),
        queues: ['q', 'r', 's'].map((name) => ({ name: current().name(name) })),
        bindings: [],
      };
      const missing = ['y', 'r', 's'].map((name) => current().name(name));
      expect(await broker.verify(topology)).toEqual(missing);
      expect(await broker.verify(topology)).toEqual(missing);
      await broker.declare(topology);
      expect(await broker.verify(topology)).toEqual([]);
    });

    it('counts what stands ready in a queue, and tells an empty one from none', async () => {
      const { broker } = await current().line('q');
      expect(await broker.depth(current().name('none'))).toBeNull();
      expect(await broker.depth(current().name('q'))).toBe(0);
      await current().publish(broker, 'q', 'm1', 'm2');
      const isCounted = async (): Promise<boolean> => ((await broker.depth(current().name('q'))) ?? 0) >= 2;
      await eventually(isCounted);
    });
  });
}
