import type { OutgoingMessage } from '../../shared/broker/broker.ts';
import { eventKeyOf } from '../../shared/contract/cloud-event.ts';
import { cancellationMessage, notificationMessage } from '../../shared/contract/steward-event.ts';
import type { JsonObject } from '../../shared/core/json.ts';
import type { SeededRandom } from '../../shared/testing/seeded-random.ts';
import { NAMESPACE } from '../support/test-process.ts';
import { CONFIRMED } from './contracts.ts';
import type { Order } from './producer.ts';
import type { Simulation } from './simulation.ts';

const SOURCE = '/outside';

/** Pause between two looks at who waits for nothing but to be told. */
const CARE_MS = 2_000;

/** A request for cancellation that the broker has confirmed. */
export interface Request {
  /** Id of its intent. */
  readonly key: string;
  readonly workflowId: string;
}

/**
 * Whoever notifies and cancels: at any time, several times over, by id and by business key, too early, twice, too late, and wrong. Each
 * event is sent until the broker has confirmed it.
 */
export class Outside {
  /** Requests for cancellation that were confirmed. */
  readonly requests: Request[] = [];
  readonly #simulation: Simulation;
  readonly #random: SeededRandom;
  #sent = 0;
  #underWay = 0;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    this.#random = simulation.random.fork('outside');
  }

  /** Whether nothing is being sent. */
  get isIdle(): boolean {
    return this.#underWay === 0;
  }

  async run(): Promise<void> {
    const { clock, plan, producer } = this.#simulation;
    for (;;) {
      await clock.sleep(1 + this.#random.below(2 * plan.outsideMs));
      if (!this.#simulation.isTrouble) break;
      const order = producer.orders[this.#random.below(producer.orders.length)];
      if (!order) continue;
      this.#underWay += 1;
      const sent = this.#random.chance(plan.cancelling) ? this.#cancel(order) : this.#notify(order);
      void sent.finally(() => {
        this.#underWay -= 1;
      });
    }
    await this.#care();
  }

  /** What waits only to be told is told in the end: else it would wait for ever, and rightly so. */
  async #care(): Promise<void> {
    const { clock, line, producer } = this.#simulation;
    for (;;) {
      await clock.sleep(CARE_MS);
      for (const { open, until, pollAfterMs, workflowId } of line.store.waits.values()) {
        const order = producer.orders.find((one) => one.workflowId === workflowId);
        if (!open || until || pollAfterMs !== undefined || !order) continue;
        await this.#send(this.#notification(order, { [CONFIRM]: 'in the end' }), 'tells at last');
      }
    }
  }

  async #cancel(order: Order): Promise<void> {
    const { workflow, workflowId } = order;
    const id = this.#nextId();
    const request = { ...this.#target(order), source: SOURCE, id, workflow, reason: 'changed their mind' };
    const message = cancellationMessage(NAMESPACE, request);
    for (let times = this.#random.chance(0.2) ? 2 : 1; times > 0; times -= 1) {
      await this.#send(message, `asks to cancel ${order.businessKey}`);
    }
    this.requests.push({ key: eventKeyOf(SOURCE, id), workflowId });
  }

  async #notify(order: Order): Promise<void> {
    const isBad = this.#random.chance(0.15);
    const data: JsonObject = isBad ? { [CONFIRM]: 7 } : { [CONFIRM]: 'told' };
    const message = this.#notification(order, data);
    const times = this.#random.chance(0.2) ? 2 : 1;
    const laterMs = this.#random.below(3_000);
    await this.#send(message, `notifies ${order.businessKey}${isBad ? ' badly' : ''}`);
    if (times < 2) return;
    await this.#simulation.clock.sleep(laterMs);
    await this.#send(message, `notifies ${order.businessKey} again`);
  }

  #notification(order: Order, data: JsonObject): OutgoingMessage {
    const name = this.#random.chance(0.05) ? 'unheard-of' : CONFIRMED;
    const { workflow } = order;
    const id = this.#nextId();
    const target = this.#target(order);
    return notificationMessage(NAMESPACE, { ...target, source: SOURCE, id, name, workflow, data });
  }

  #target({ workflowId, businessKey }: Order) {
    return this.#random.chance(0.5) ? { workflowId } : { businessKey };
  }

  #nextId(): string {
    this.#sent += 1;
    return `event-${this.#sent}`;
  }

  async #send(message: OutgoingMessage, what: string): Promise<void> {
    const { clock, line, ports, chronicle } = this.#simulation;
    chronicle.note(`outside: ${what} (${message.messageId})`);
    ports.sent.push(message);
    for (;;) {
      try {
        return await line.broker.publish(message);
      } catch {
        await clock.sleep(200); // the broker is away; it is tried again
      }
    }
  }
}

/** The field that the notification brings. */
const CONFIRM = 'confirm';
