import type { Delivery } from '../broker/broker.ts';
import type { Envelope } from '../contract/envelope.ts';
import type { Probe } from '../contract/probe.ts';
import { queueName, stationAddress } from '../contract/topology.ts';
import type { Action } from '../core/action.ts';
import { doubledMs } from '../core/doubling.ts';
import { Fatal, SetAside } from '../core/errors.ts';
import { attemptId } from '../core/names.ts';
import { Consumption } from './consumption.ts';
import { nextAttemptEnvelope } from './envelopes.ts';
import { executeStep, type Pass } from './execute-step.ts';
import { type Gate, Slots } from './gate.ts';
import { type Performer, performerOf } from './performer.ts';
import { prefetchOf } from './prefetch.ts';
import { recordProbe } from './probe-answer.ts';
import { Run, type Runs } from './runs.ts';
import type { StationContext } from './station-context.ts';
import { UnderWay } from './under-way.ts';
import { returnsOf, type Unpacked, unpack } from './unpacking.ts';
import type { Visit } from './visit.ts';

/** Pauses before a message comes back that the engine itself failed on. */
const FIRST_RETURN_MS = 1_000;
const LONGEST_RETURN_MS = 300_000;

/**
 * An action's place on the line within one process: consumes the action's queue and takes each message through its step.
 *
 * T1  A message is acknowledged only after what follows from it is durable; whatever goes wrong before, it stays or comes
 *     back.
 * T2  After `close`, nothing new is claimed: what waits is given back, what is under way goes on.
 */
export class Station {
  readonly #context: StationContext;
  readonly #gate: Gate;
  readonly #runs: Runs;
  readonly #slots: Slots;
  readonly #performer: Performer;
  readonly #underWay: UnderWay;
  #consumption: Consumption | undefined;
  #closing = false;

  constructor(context: StationContext, gate: Gate, runs: Runs) {
    this.#context = context;
    this.#underWay = new UnderWay(context.line.log, { action: context.action.name });
    this.#gate = gate;
    this.#runs = runs;
    this.#slots = new Slots(context.action.concurrency);
    this.#performer = performerOf(context);
  }

  get action(): Action {
    return this.#context.action;
  }

  /** Resolves when the queue is consumed; rejects as soon as the signal aborts. */
  async open(signal: AbortSignal): Promise<void> {
    const { line, action } = this.#context;
    const consumption = new Consumption(line.broker, queueName.work(line.namespace, action.name), {
      prefetch: prefetchOf(action),
      onDelivery: (delivery) => this.#underWay.add(this.#process(delivery)),
    });
    this.#consumption = consumption;
    await consumption.begun(signal);
  }

  /** Takes no new work. What is under way goes on; `settled` resolves when it has ended. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#consumption?.end();
  }

  settled(): Promise<void> {
    return this.#underWay.settled();
  }

  async #process(delivery: Delivery): Promise<void> {
    let unpacked: Unpacked | Probe;
    try {
      unpacked = await unpack(this.#context, delivery);
    } catch (error) {
      if (error instanceof Fatal) throw error;
      if (error instanceof SetAside) await this.#context.sender.setAside(delivery, error);
      else await this.#comeBackWhole(delivery, error);
      delivery.ack();
      return;
    }
    if ('visit' in unpacked) await this.#execute(new Run(delivery), unpacked);
    else await this.#answer(delivery, unpacked);
  }

  /** Unless what came before it is on its way back to the queue. */
  async #answer(delivery: Delivery, probe: Probe): Promise<void> {
    if (this.#closing) return delivery.giveBack();
    await recordProbe(this.#context, probe);
    delivery.ack();
  }

  async #execute(run: Run, { visit: first, data }: Unpacked): Promise<void> {
    for (let visit: Visit | undefined = first; visit; ) {
      if (!this.#runs.enter(run, attemptIdOf(visit.envelope))) return; // adopted by the run that has this attempt
      const current: Visit = visit;
      const pass = await this.#enter(run, current);
      try {
        if (this.#closing) return run.giveBack();
        visit = await executeStep(this.#context, this.#performer, current, data, pass);
      } catch (error) {
        if (error instanceof Fatal) throw error;
        pass.leave(); // Q2 of `Runs`: before its message is sent again
        await this.#comeBack(current, error);
        visit = undefined;
      } finally {
        pass.leave();
      }
    }
    run.acknowledge();
    await this.#context.pause('acknowledged', first.envelope);
  }

  async #enter(run: Run, { envelope, alone }: Visit): Promise<Pass> {
    const leaveSlot = await this.#slots.enter();
    const leaveGate = await this.#gate.enter(alone ? 'alone' : 'together');
    return {
      leaveSlot,
      leave: () => {
        leaveSlot();
        leaveGate();
        this.#runs.leave(run, attemptIdOf(envelope));
      },
    };
  }

  /** Nothing was written for the message yet, so it comes back as it came: with the time at which it was sent. */
  async #comeBackWhole(delivery: Delivery, error: unknown): Promise<void> {
    const { action, sender } = this.#context;
    const returns = returnsOf(delivery);
    this.#logReturn({ action: action.name, messageId: delivery.messageId }, returns, error);
    await sender.toStationLater(delivery, stationAddress(action.name), returnDelayMs(returns), returns + 1);
  }

  /**
   * A mistake of the engine's own must neither lose the message nor spin on it: it comes back, later each time. An attempt that was
   * claimed already is given back: unsettled under a living identity it would look held for ever.
   */
  async #comeBack({ envelope, returns }: Visit, error: unknown): Promise<void> {
    const { sender, held } = this.#context;
    this.#logReturn(describeStep(envelope), returns, error);
    const claimed = held.get(attemptIdOf(envelope));
    if (claimed) {
      await this.#context.settle(claimed, { fate: 'released' });
      held.delete(claimed._id);
    }
    const again = claimed ? nextAttemptEnvelope(envelope, envelope.failures) : envelope;
    await sender.handOnLater(again, returnDelayMs(returns), returns + 1);
  }

  #logReturn(details: object, returns: number, error: unknown): void {
    this.#context.line.log.error(
      { ...details, returns, err: error },
      'step not executed; its message comes back later',
    );
  }
}

const returnDelayMs = (returns: number): number => doubledMs(FIRST_RETURN_MS, returns, LONGEST_RETURN_MS);

const describeStep = ({ workflowId, step, attempt, action }: Envelope) => ({ workflowId, step, attempt, action });

const attemptIdOf = ({ workflowId, step, attempt }: Envelope): string => attemptId(workflowId, step, attempt);
