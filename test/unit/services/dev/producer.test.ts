import { describe, expect, it } from '@jest/globals';
import { placeOrders, workflowIdOfOrder } from '../../../../services/dev/producer.ts';
import type { OutgoingMessage, Publisher } from '../../../../shared/broker/broker.ts';
import { decodeStartEvent } from '../../../../shared/contract/start-event.ts';
import { Refused, Unavailable } from '../../../../shared/core/errors.ts';
import { SystemClock } from '../../../../shared/runtime/clock.ts';
import { SeededRandom } from '../../../../shared/testing/seeded-random.ts';

const place = (publisher: Publisher, count: number, signal = new AbortController().signal): Promise<void> =>
  placeOrders(
    { publisher, namespace: 'ns', clock: new SystemClock(), random: new SeededRandom(1) },
    { seed: 'shop', count },
    signal,
  );

describe('the checkout', () => {
  it('publishes CloudEvents that the intake takes, each under the id that is known beforehand', async () => {
    const published: OutgoingMessage[] = [];
    await place({ publish: async (message) => void published.push(message) }, 30);

    expect(published).toHaveLength(30);
    for (const { exchange, routingKey, body, contentType, mandatory } of published) {
      expect([exchange, routingKey, mandatory]).toEqual(['ns.start', 'order-payment', true]);
      const event = decodeStartEvent(body, contentType, routingKey);
      expect(event.businessKey).toBe(event.input['orderId']);
      expect(event.workflowId).toBe(workflowIdOfOrder(event.businessKey));
    }
  });

  it('publishes again what the broker did not confirm', async () => {
    const confirmed = new Set<string>();
    let calls = 0;
    await place(
      {
        publish: async ({ messageId, exchange }) => {
          calls += 1;
          if (calls % 3 === 0) throw new Unavailable('publish-unknown', { exchange, problem: 'lost' });
          confirmed.add(messageId);
        },
      },
      20,
    );
    expect(confirmed.size).toBe(20);
    expect(calls).toBeGreaterThan(20);
  });

  it('gives up on what no broker takes', async () => {
    const publish = async ({ exchange }: OutgoingMessage): Promise<void> => {
      throw new Refused('message-invalid', { exchange, problem: 'no' });
    };
    await expect(place({ publish }, 500)).rejects.toMatchObject({ code: 'message-invalid' });
  });

  it('ends early when it is told to', async () => {
    const stop = new AbortController();
    let calls = 0;
    const publish = async (): Promise<void> => {
      calls += 1;
      if (calls === 250) stop.abort();
    };
    await place({ publish }, 100_000, stop.signal).catch(() => {});
    expect(calls).toBeLessThan(1_000);
  });
});
