import type { Delivery } from '../broker/broker.ts';
import { decodeTicket, type Ticket, ticketId } from '../contract/ticket.ts';
import { queueName, waitAddress } from '../contract/topology.ts';
import type { Action } from '../core/action.ts';
import { doubledMs } from '../core/doubling.ts';
import { Fatal, SetAside } from '../core/errors.ts';
import { Consumption } from './consumption.ts';
import type { Gate } from './gate.ts';
import { CALLS_AT_ONCE, Poller } from './poller.ts';
import { Run, Runs } from './runs.ts';
import type { StationContext } from './station-context.ts';
import { takeTicket } from './ticket-visit.ts';
import { UnderWay } from './under-way.ts';
import { returnsOf } from './unpacking.ts';

/** Pauses before a ticket comes back that the engine itself failed on. */
const FIRST_RETURN_MS = 1_000;
const LONGEST_RETURN_MS = 300_000;

/** Tickets that are due at one time are taken in groups as large as this, where no poll holds them for longer. */
const TOGETHER = 200;

/** Longer than this no ticket may stand behind others' polls, milliseconds: the broker takes a message back after half an hour. */
const LONGEST_AHEAD_MS = 25 * 60_000;

/**
 * The waits of an action within one process: consumes the action's wait queue, and takes each ticket through what it calls for. Beside
 * its `Station`, with a prefetch and slots of its own, so that waiting work never stands in the way of work.
 *
 * W1  A ticket is acknowledged only after what it stood for is durable elsewhere.
 * W2  After `close`, no poll begins: what waits for one is given back, what is under way goes on.
 */
export class WaitStation {
  readonly #context: StationContext;
  /** Absent when the action has nothing to poll with. */
  readonly #poller: Poller | undefined;
  readonly #runs = new Runs();
  readonly #underWay: UnderWay;
  #consumption: Consumption | undefined;
  #closing = false;

  constructor(context: StationContext, gate: Gate) {
    this.#context = context;
    this.#underWay = new UnderWay(context.line.log, {
      queue: queueName.wait(context.line.namespace, context.action.name),
    });
    const { polling } = context.action;
    this.#poller = polling && new Poller(context, polling, gate);
  }

  /** Resolves when the queue is consumed; rejects as soon as the signal aborts. */
  async open(signal: AbortSignal): Promise<void> {
    const { line, action } = this.#context;
    const consumption = new Consumption(line.broker, queueName.wait(line.namespace, action.name), {
      prefetch: ticketPrefetchOf(action),
      onDelivery: (delivery) => this.#underWay.add(this.#process(delivery)),
    });
    this.#consumption = consumption;
    await consumption.begun(signal);
  }

  /** Takes nothing new. What is under way goes on; `settled` resolves when it has ended. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#poller?.close();
    await this.#consumption?.end();
  }

  settled(): Promise<void> {
    return this.#underWay.settled();
  }

  async #process(delivery: Delivery): Promise<void> {
    if (this.#closing) return delivery.giveBack();
    try {
      await this.#run(delivery, decode(this.#context.action, delivery));
    } catch (error) {
      if (!(error instanceof SetAside)) throw error;
      await this.#context.sender.setAside(delivery, error);
      delivery.ack();
    }
  }

  /** Copies of the same ticket are taken as one: two polls at once would ask twice, and find each other's next ticket. */
  async #run(delivery: Delivery, ticket: Ticket): Promise<void> {
    const run = new Run(delivery);
    const id = ticketId(ticket);
    if (!this.#runs.enter(run, id)) return;
    const leave = (): void => this.#runs.leave(run, id);
    try {
      const result = await takeTicket(this.#context, this.#poller, { ticket, delivery, leave });
      leave();
      if (result === 'given-back') return run.giveBack();
    } catch (error) {
      if (error instanceof Fatal) throw error;
      leave();
      await this.#comeBack(delivery, ticket, error);
    } finally {
      leave();
    }
    run.acknowledge();
  }

  /** A mistake of the engine's own must neither lose the ticket nor spin on it: it comes back, later each time. */
  async #comeBack(delivery: Delivery, { workflowId, step, action }: Ticket, error: unknown): Promise<void> {
    const { line, sender } = this.#context;
    const returns = returnsOf(delivery);
    line.log.error(
      { workflowId, step, action, returns, err: error },
      'wait not looked after; its ticket comes back later',
    );
    const delayMs = doubledMs(FIRST_RETURN_MS, returns, LONGEST_RETURN_MS);
    await sender.toStationLater(delivery, waitAddress(action), delayMs, returns + 1);
  }
}

/** Undecodable: SetAside. So is a ticket of another action, which came by a wrong binding: its own station would not see it. */
function decode({ name }: Action, delivery: Delivery): Ticket {
  const ticket = decodeTicket(delivery.body);
  if (ticket.action === name) return ticket;
  throw new SetAside('ticket-invalid', {
    problem: `action: "${ticket.action}", but it came to the waits of "${name}"`,
  });
}

/**
 * How many tickets are taken ahead: enough to fill the calls of `pollMany`, and to take those that call for no poll in large groups; but
 * none that would stand behind others' polls until the broker takes it back.
 */
function ticketPrefetchOf({ polling, timeoutMs }: Pick<Action, 'polling' | 'timeoutMs'>): number {
  if (!polling) return TOGETHER;
  const atOnce = Math.min(65_535, CALLS_AT_ONCE * polling.most);
  const rounds = Math.max(1, Math.floor(LONGEST_AHEAD_MS / (timeoutMs + polling.withinMs)));
  return Math.max(atOnce, Math.min(TOGETHER, atOnce * rounds));
}
