import { setTimeout as sleep } from 'node:timers/promises';
import type { Broker } from '../../../shared/broker/broker.ts';
import { EVENT_CONTENT_TYPE } from '../../../shared/contract/cloud-event.ts';
import { workflowIdOf } from '../../../shared/contract/start-event.ts';

const SOURCE = '/chaos';

/**
 * Starts workflows as another service would: an event counts as started when the broker has confirmed it, and is published again
 * until then, under the same id.
 */
export class Producer {
  readonly #broker: Broker;
  readonly #namespace: string;
  readonly #run: string;
  #next = 0;
  /** Workflows whose start is acknowledged. */
  readonly acknowledged: string[] = [];

  constructor(broker: Broker, namespace: string, run: string) {
    this.#broker = broker;
    this.#namespace = namespace;
    this.#run = run;
  }

  /** Publishes at a steady rate; resolves when all are acknowledged. */
  async produce(count: number, perSecond: number): Promise<void> {
    const begunAt = performance.now();
    const under: Promise<void>[] = [];
    for (let sent = 0; sent < count; sent++) {
      const dueIn = (sent * 1_000) / perSecond - (performance.now() - begunAt);
      if (dueIn > 2) await sleep(dueIn);
      under.push(this.start({ parcel: this.#next++, poison: false }));
    }
    await Promise.all(under);
  }

  async start(data: { parcel: number; poison: boolean }): Promise<void> {
    const id = `${this.#run}-${data.parcel}${data.poison ? '-poison' : ''}`;
    const event = { specversion: '1.0', type: 'conveyor.start', source: SOURCE, id, subject: id, data };
    const message = {
      exchange: `${this.#namespace}.start`,
      routingKey: 'parcel',
      body: Buffer.from(JSON.stringify(event)),
      contentType: EVENT_CONTENT_TYPE,
      messageId: id,
      mandatory: true,
    };
    for (;;) {
      try {
        await this.#broker.publish(message);
        break;
      } catch {
        // Away, or the answer was lost: what a producer does is to publish again.
        await sleep(200);
      }
    }
    this.acknowledged.push(workflowIdOf(SOURCE, id));
  }
}
