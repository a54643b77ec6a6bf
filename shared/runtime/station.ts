import type { Delivery } from '../broker/broker.ts';
import { decodeEnvelope, type Envelope } from '../contract/envelope.ts';
import { queueName } from '../contract/topology.ts';
import type { Action } from '../core/action.ts';
import { Fatal, SetAside } from '../core/errors.ts';
import { stepProblem } from '../core/itinerary.ts';
import type { JsonObject } from '../core/json.ts';
import { attemptId } from '../core/names.ts';
import { mustBeAlone, type Turn } from './claim.ts';
import { Consumption } from './consumption.ts';
import { executeStep, type Pass } from './execute-step.ts';
import { type Gate, Slots } from './gate.ts';
import { type Perform, performance } from './performance.ts';
import { prefetchOf } from './prefetch.ts';
import { untilKnown } from './right-to-act.ts';
import { Run, type Runs } from './runs.ts';
import { RETURNS_HEADER } from './sender.ts';
import type { StationContext } from './station-context.ts';

/** The longest pause before a message comes back that the engine itself failed on. */
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
  readonly #perform: Perform;
  readonly #underWay = new Set<Promise<void>>();
  #consumption: Consumption | undefined;
  #closing = false;

  constructor(context: StationContext, gate: Gate, runs: Runs) {
    this.#context = context;
    this.#gate = gate;
    this.#runs = runs;
    this.#slots = new Slots(context.action.concurrency);
    this.#perform = performance(context);
  }

  get action(): Action {
    return this.#context.action;
  }

  /** Resolves when the queue is consumed; rejects as soon as the signal aborts. */
  async open(signal: AbortSignal): Promise<void> {
    const { line, action } = this.#context;
    const consumption = new Consumption(line.broker, queueName.work(line.namespace, action.name), {
      prefetch: prefetchOf(action),
      onDelivery: (delivery) => this.#take(delivery),
    });
    this.#consumption = consumption;
    await consumption.begun(signal);
  }

  /** Takes no new work. What is under way goes on; `settled` resolves when it has ended. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#consumption?.end();
  }

  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  #take(delivery: Delivery): void {
    const taken = this.#process(delivery).catch((error: unknown) => this.#leaveUnacknowledged(error));
    this.#underWay.add(taken);
    void taken.then(() => this.#underWay.delete(taken));
  }

  async #process(delivery: Delivery): Promise<void> {
    let data: JsonObject;
    let turn: Turn;
    try {
      const envelope = this.#decode(delivery);
      await this.#context.pause('received', envelope);
      data = await this.#complete(envelope);
      turn = await this.#firstTurn(envelope, returnsOf(delivery));
    } catch (error) {
      if (error instanceof Fatal) throw error;
      if (error instanceof SetAside) await this.#context.sender.setAside(delivery, error);
      else await this.#comeBackWhole(delivery, error);
      delivery.ack();
      return;
    }
    await this.#execute(new Run(delivery), turn, data);
  }

  /**
   * Whoever may write to the work exchange is trusted; but what cannot be true is set aside before anything is written or
   * performed for it.
   */
  async #firstTurn(envelope: Envelope, returns: number): Promise<Turn> {
    const { line, right } = this.#context;
    const record = await untilKnown(() => line.definitions.find(envelope.workflow, envelope.version), right);
    const problem = record ? stepProblem(record.definition, envelope) : await this.#foreignProblem(envelope);
    if (problem) throw new SetAside('envelope-invalid', { problem });
    const alone = await mustBeAlone(this.#context, envelope);
    return { envelope, definition: record?.definition ?? null, alone, returns };
  }

  /**
   * Why an envelope cannot be true whose definition is not in the journal: it names another one than its workflow was started with.
   * Undefined when it names the right one: then the journal has lost it, and the workflow is parked over that.
   */
  async #foreignProblem({ workflowId, workflow, version }: Envelope): Promise<string | undefined> {
    const { line, right } = this.#context;
    const head = await untilKnown(() => line.journal.readHead(workflowId), right);
    if (!head) throw new SetAside('workflow-removed', { workflow: workflowId });
    if (head.workflow === workflow && head.version === version) return undefined;
    return `workflow: ${workflow} version ${version}, but ${workflowId} is one of ${head.workflow} version ${head.version}`;
  }

  async #execute(run: Run, first: Turn, data: JsonObject): Promise<void> {
    for (let turn: Turn | undefined = first; turn; ) {
      if (!this.#runs.enter(run, attemptIdOf(turn.envelope))) return; // adopted by the run that has this attempt
      const current: Turn = turn;
      const pass = await this.#enter(run, current);
      try {
        if (this.#closing) return run.giveBack();
        turn = await executeStep(this.#context, this.#perform, current, data, pass);
      } catch (error) {
        if (error instanceof Fatal) throw error;
        pass.leave(); // Q2 of `Runs`: before its message is sent again
        await this.#comeBack(current, error);
        turn = undefined;
      } finally {
        pass.leave();
      }
    }
    run.acknowledge();
    await this.#context.pause('acknowledged', first.envelope);
  }

  /** Undecodable: SetAside. An envelope for another action came by a wrong binding; its own station would not see it. */
  #decode(delivery: Delivery): Envelope {
    const envelope = decodeEnvelope(delivery.body);
    const station = this.#context.action.name;
    if (envelope.action === station) return envelope;
    throw new SetAside('envelope-foreign', { action: envelope.action, station });
  }

  /**
   * The workflow's data: from the envelope, or else from the journal. A message older than half the retention proves first that its
   * workflow is still there: a copy that outlived it would claim attempt 1 and perform again.
   */
  async #complete(envelope: Envelope): Promise<JsonObject> {
    const { line, right } = this.#context;
    const { workflowId, step } = envelope;
    const isOld = line.clock.now() - envelope.sentAt > line.retentionMs / 2;
    if (envelope.data !== undefined && !isOld) return envelope.data;
    const head = await untilKnown(() => line.journal.readHead(workflowId), right);
    if (!head) throw new SetAside('workflow-removed', { workflow: workflowId });
    if (envelope.data !== undefined) return envelope.data;
    if (step === 1) return head.input;
    const before = await untilKnown(() => line.journal.readSnapshot(workflowId, step - 1), right);
    if (before) return before.data;
    // An envelope of ours is sent after that snapshot is kept.
    throw new SetAside('envelope-invalid', { problem: `step: ${step}, but the journal has no step ${step - 1}` });
  }

  async #enter(run: Run, { envelope, alone }: Turn): Promise<Pass> {
    const leaveSlot = await this.#slots.enter();
    const leaveGate = await this.#gate.enter(alone ? 'alone' : 'together');
    return {
      performed: leaveSlot,
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
    await sender.deliverLater(delivery, action.name, returnDelayMs(returns), returns + 1);
  }

  /**
   * A mistake of the engine's own must neither lose the message nor spin on it: it comes back, later each time. An attempt that was
   * claimed already is given back: unsettled under a living identity it would look held for ever.
   */
  async #comeBack({ envelope, returns }: Turn, error: unknown): Promise<void> {
    const { sender, held } = this.#context;
    this.#logReturn(describeStep(envelope), returns, error);
    const claimed = held.get(attemptIdOf(envelope));
    if (claimed) {
      await this.#context.settle(claimed, { fate: 'released' });
      held.delete(claimed._id);
    }
    const again = claimed ? { ...envelope, attempt: envelope.attempt + 1 } : envelope;
    await sender.handOnLater(again, returnDelayMs(returns), returns + 1);
  }

  #logReturn(details: object, returns: number, error: unknown): void {
    this.#context.line.log.error(
      { ...details, returns, err: error },
      'step not executed; its message comes back later',
    );
  }

  #leaveUnacknowledged(error: unknown): void {
    const { line, action } = this.#context;
    if (error instanceof Fatal) return; // the process ends; the broker delivers the message to another
    line.log.error({ action: action.name, err: error }, 'message left unacknowledged');
  }
}

const returnDelayMs = (returns: number): number => Math.min(LONGEST_RETURN_MS, 1_000 * 2 ** Math.min(returns, 9));

const describeStep = ({ workflowId, step, attempt, action }: Envelope) => ({ workflowId, step, attempt, action });

const attemptIdOf = ({ workflowId, step, attempt }: Envelope): string => attemptId(workflowId, step, attempt);

/** A header from outside: anything but a sensible number counts as none. */
function returnsOf(delivery: Delivery): number {
  const value = delivery.headers[RETURNS_HEADER];
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? Math.min(value, 1_000) : 0;
}
