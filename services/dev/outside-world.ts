import type { OutgoingMessage, Publisher } from '../../shared/broker/broker.ts';
import { eventKeyOf } from '../../shared/contract/cloud-event.ts';
import type { LifecycleEvent, LifecycleEventName } from '../../shared/contract/lifecycle-event.ts';
import { cancellationMessage, notificationMessage } from '../../shared/contract/steward-event.ts';
import type { Clock, Random, Timer } from '../../shared/core/clock.ts';
import { rightUntil, untilKnown } from '../../shared/runtime/right-to-act.ts';
import { chance } from '../orders/chance.ts';
import { captureIdOf } from '../orders/downstream/endpoints.ts';
import { generateOrders } from '../orders/order-generator.ts';
import type { OrdersToPlace } from './dev-line.ts';
import { type Plan, planOf } from './plans.ts';
import { WORKFLOW } from './producer.ts';

const CUSTOMERS = '/shop/customers';
const BANK = '/bank';

/** Customers who change their mind some time later do so within this, milliseconds. */
const LONGEST_DOUBT_MS = 8_000;
/** And a bank that confirms takes this long at most, from when it is waited for. */
const LONGEST_CONFIRMATION_MS = 1_000;

/** A request for cancellation that was sent. */
export interface SentRequest {
  readonly orderId: string;
  /** The id of its intent in the journal. */
  readonly intent: string;
}

export interface OutsideWorldOptions {
  readonly publisher: Publisher;
  readonly namespace: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Ends it early: nothing is sent any more. */
  readonly stop: AbortSignal;
}

/**
 * Everybody who has something to say about an order while it is on the line: customers who change their mind, and banks that confirm
 * a payment. They know the exchanges `conveyor.cancel` and `conveyor.notify`, the lifecycle events, and nothing else of the line.
 */
export class OutsideWorld {
  readonly #options: OutsideWorldOptions;
  readonly #plans = new Map<string, Plan>();
  readonly #requests: SentRequest[] = [];
  /** Occasions that were met, and requests that were made: lifecycle events come at least once. */
  readonly #said = new Set<string>();
  readonly #doubts = new Map<Timer, () => void>();
  readonly #sending = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(options: OutsideWorldOptions, { seed, count }: OrdersToPlace) {
    this.#options = options;
    for (const order of generateOrders(seed, count)) {
      const plan = planOf(order);
      if (plan.cancel !== undefined || plan.confirmation !== 'never') this.#plans.set(order.orderId, plan);
    }
  }

  /** Says what is said before any order is placed. Resolves when the broker has it. */
  async begin(): Promise<void> {
    for (const [orderId, { confirmation }] of this.#plans) if (confirmation === 'early') this.#confirm(orderId, 1);
    await this.#sent();
  }

  /** Something became of an order. */
  take(name: LifecycleEventName, { subject: orderId, data }: LifecycleEvent): void {
    const plan = this.#plans.get(orderId);
    if (!plan || this.#said.has(`${orderId} ${name} ${data.step}`)) return;
    this.#said.add(`${orderId} ${name} ${data.step}`);
    if (name === 'started') this.#onStarted(orderId, plan);
    if (name === 'waiting') this.#onWaiting(orderId, plan, data.action);
    if (name === 'succeeded' || name === 'failed') this.#onEnded(orderId, plan);
  }

  /**
   * Whoever still hesitates says it now. Resolves to all requests for cancellation when the broker has everything.
   * @throws Error when it did not take something
   */
  async end(): Promise<readonly SentRequest[]> {
    for (const [timer, act] of this.#doubts) {
      timer.cancel();
      act();
    }
    this.#doubts.clear();
    await this.#sent();
    return this.#requests;
  }

  #onStarted(orderId: string, { cancel }: Plan): void {
    if (cancel === 'some-time') {
      return this.#later(chance('doubt', orderId)() * LONGEST_DOUBT_MS, () => this.#cancel(orderId, 1));
    }
    if (cancel !== 'at-once') return;
    // Some click twice: one of the two requests is accepted, at most.
    this.#cancel(orderId, 1);
    this.#cancel(orderId, 2);
  }

  #onWaiting(orderId: string, { cancel, confirmation }: Plan, action: string | undefined): void {
    if (cancel === 'waiting') this.#cancel(orderId, 1);
    if (action !== 'capture-payment' || (confirmation !== 'once' && confirmation !== 'twice')) return;
    this.#later(chance('bank', orderId)() * LONGEST_CONFIRMATION_MS, () => {
      this.#confirm(orderId, 1);
      if (confirmation === 'twice') this.#confirm(orderId, 2);
    });
  }

  #onEnded(orderId: string, { cancel }: Plan): void {
    if (cancel === 'afterwards') this.#cancel(orderId, 1);
  }

  #cancel(orderId: string, number: number): void {
    const request = { source: CUSTOMERS, id: `${orderId}/cancel/${number}` };
    // An order can wait for its bank and then for its carrier; nobody asks twice for that.
    if (this.#said.has(request.id)) return;
    this.#said.add(request.id);
    this.#requests.push({ orderId, intent: eventKeyOf(request.source, request.id) });
    const { namespace } = this.#options;
    const reason = 'the customer has changed their mind';
    this.#send(cancellationMessage(namespace, { ...request, businessKey: orderId, workflow: WORKFLOW, reason }));
  }

  #confirm(orderId: string, number: number): void {
    const { namespace } = this.#options;
    const about = { name: 'payment-confirmed', businessKey: orderId, workflow: WORKFLOW };
    const data = { captureId: captureIdOf(orderId) };
    this.#send(notificationMessage(namespace, { ...about, source: BANK, id: `${orderId}/${number}`, data }));
  }

  #later(delayMs: number, act: () => void): void {
    const timer = this.#options.clock.after(delayMs, () => {
      this.#doubts.delete(timer);
      act();
    });
    this.#doubts.set(timer, act);
  }

  /** What the broker does not confirm is sent again: the same event twice is one. */
  #send(message: OutgoingMessage): void {
    const { publisher, clock, random, stop } = this.#options;
    const sending: Promise<void> = untilKnown(() => publisher.publish(message), rightUntil(clock, random, stop))
      .catch((error: unknown) => {
        if (!stop.aborted) this.#failure ??= { error };
      })
      .finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
  }

  async #sent(): Promise<void> {
    while (this.#sending.size > 0) await Promise.all(this.#sending);
    if (this.#failure) throw this.#failure.error;
  }
}
