import type { Broker, Subscription } from '../../../shared/broker/broker.ts';
import { exchangeName } from '../../../shared/contract/topology.ts';
import type { Journal } from '../../../shared/journal/journal.ts';
import { counterOn } from '../../support/counters.ts';
import type { Load } from './load.ts';
import type { Member } from './member.ts';

/** Probes go where envelopes go. */
const PROBES = /^probe\./;

/** How many lost messages each of these stewards has sent again since it started; one that does not answer: none. */
export async function redrivenBy(stewards: readonly Member[]): Promise<readonly number[]> {
  const pages = await Promise.all(stewards.map((steward) => steward.page('/metrics')));
  return pages.map((page) => (page ? counterOn(page.body, 'conveyor_redriven_total') : 0));
}

/** When the message of each workflow was sent again the last time, as the journal says; those of which none was are left out. */
export async function redrivenAt(journal: Journal, count: number): Promise<readonly Date[]> {
  const heads = await journal.findHeads({}, count);
  return heads.flatMap(({ redriven }) => redriven?.at ?? []);
}

/** What is sent to the stations, by anyone, counted by message: all copies of one have the same id. */
export class Copies {
  readonly #counts: ReadonlyMap<string, number>;
  readonly #subscription: Subscription;

  private constructor(subscription: Subscription, counts: ReadonlyMap<string, number>) {
    this.#subscription = subscription;
    this.#counts = counts;
  }

  /**
   * From now on. What is sent while the broker is away, or just back, is missed. Not before the stations have their queues: what reaches
   * nobody but the watcher counts as routed, and is lost.
   */
  static async watch(broker: Broker, namespace: string): Promise<Copies> {
    const counts = new Map<string, number>();
    const subscription = await broker.listen({
      exchange: exchangeName.work(namespace),
      pattern: '#',
      onDelivery({ routingKey, messageId = '' }) {
        if (!PROBES.test(routingKey)) counts.set(messageId, (counts.get(messageId) ?? 0) + 1);
      },
    });
    return new Copies(subscription, counts);
  }

  get messages(): number {
    return this.#counts.size;
  }

  /**
   * Messages of which more than one copy was sent. But for the workflows that were started twice, whose first message may be; and for the
   * ones that are cancelled: each steward that carries out a request sends the first message of the way back until it is taken.
   */
  several({ startedTwice, cancelled }: Load): readonly { readonly messageId: string; readonly copies: number }[] {
    return [...this.#counts].flatMap(([messageId, copies]) => {
      const workflowId = messageId.split('/')[0] ?? '';
      const isOnce = !startedTwice.has(workflowId) && !cancelled.has(workflowId);
      return copies > 1 && isOnce ? [{ messageId, copies }] : [];
    });
  }

  async end(): Promise<void> {
    await this.#subscription.cancel();
  }
}
