import { describe, expect, it } from '@jest/globals';
import type { Channel, ConsumeMessage } from 'amqplib';
import * as fc from 'fast-check';
import { Settlements } from '../../../shared/broker/rabbitmq/settlements.ts';
import { settle } from '../../../shared/testing/virtual-clock.ts';

const delivered = (deliveryTag: number): ConsumeMessage => ({
  content: Buffer.alloc(0),
  fields: { deliveryTag, redelivered: false, exchange: 'x', routingKey: 'key', consumerTag: 'tag' },
  // Only the tag is looked at.
  properties: {} as ConsumeMessage['properties'],
});

/** The broker's view of a channel: which deliveries are still open, and how they were settled. */
class Ledger {
  readonly open = new Set<number>();
  readonly fates = new Map<number, string>();
  frames = 0;

  constructor(count: number) {
    for (let tag = 1; tag <= count; tag++) this.open.add(tag);
  }

  readonly channel = {
    ack: ({ fields }: ConsumeMessage, allUpTo = false) => this.settle(fields.deliveryTag, allUpTo, 'acknowledged'),
    nack: ({ fields }: ConsumeMessage) => this.settle(fields.deliveryTag, false, 'given back'),
  } as unknown as Channel;

  private settle(tag: number, allUpTo: boolean, fate: string): void {
    this.frames++;
    // RabbitMQ closes the channel for a tag that it does not know, or not any more.
    if (!this.open.has(tag)) throw new Error(`406: unknown delivery tag ${tag}`);
    for (const open of [...this.open].filter((other) => other === tag || (allUpTo && other < tag))) {
      this.open.delete(open);
      this.fates.set(open, fate);
    }
  }
}

describe('settlements', () => {
  it('settle each delivery as it was settled, whatever the order and the turns', async () => {
    const step = fc.record({ isDone: fc.boolean(), endsTurn: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30 }).chain((count) => {
          const order = fc.shuffledSubarray(Array.from({ length: count }, (_, index) => index + 1));
          return fc.tuple(fc.constant(count), order, fc.array(step, { minLength: count, maxLength: count }));
        }),
        async ([count, order, steps]) => {
          const ledger = new Ledger(count);
          const failures: string[] = [];
          const settlements = new Settlements(ledger.channel, () => failures.push('refused'));
          const expected = new Map<number, string>();
          for (const [index, tag] of order.entries()) {
            const { isDone = true, endsTurn = false } = steps[index] ?? {};
            if (isDone) settlements.ack(delivered(tag));
            else settlements.giveBack(delivered(tag));
            expected.set(tag, isDone ? 'acknowledged' : 'given back');
            if (endsTurn) await settle();
          }
          settlements.flush();
          expect(failures).toEqual([]);
          expect(Object.fromEntries(ledger.fates)).toEqual(Object.fromEntries(expected));
          expect(ledger.open.size).toBe(count - order.length);
        },
      ),
    );
  });

  it('need one frame for what is settled in order in one turn', async () => {
    const ledger = new Ledger(100);
    const settlements = new Settlements(ledger.channel, () => {});
    for (let tag = 1; tag <= 100; tag++) settlements.ack(delivered(tag));
    expect(ledger.frames).toBe(0);
    await settle();
    expect(ledger.frames).toBe(1);
    expect(ledger.open.size).toBe(0);
  });
});
