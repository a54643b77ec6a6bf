import type { Delivery } from '../broker/broker.ts';
import { decodeStartEvent, type StartEvent } from '../contract/start-event.ts';
import { INTAKE_ADDRESS, queueName } from '../contract/topology.ts';
import { Fatal, SetAside } from '../core/errors.ts';
import type { DefinitionRecord } from '../journal/records.ts';
import type { Acting } from './acting.ts';
import { firstRoutingKey } from './first-routing-key.ts';
import { Inbox } from './inbox.ts';
import type { Line } from './line.ts';
import { rightUntil, untilKnown } from './right-to-act.ts';
import { Sender, WAITED_HEADER } from './sender.ts';
import { BaseService } from './service.ts';
import { FINISH_MS } from './stop-budget.ts';
import { followDuplicate, refusalOf, startWorkflow } from './workflow-start.ts';

/** Start events in passage at once. Each waits for two writes and two confirms; the groups are filled from these. */
const PREFETCH = 400;

/** Pauses between two looks for a definition that is not registered yet. */
const ASK_AGAIN_MS = 2_000;

/** Pause before a start event comes back that the engine itself failed on: a mistake must neither lose it nor spin on it. */
const COME_BACK_MS = 30_000;

export interface IntakeOptions {
  /** DEFINITION_WAIT: how long a start event waits for its definition, milliseconds. */
  readonly definitionWaitMs: number;
  /** Name of this process in what it inserts. */
  readonly worker: string;
}

/**
 * The door of the line: takes start events, refuses what cannot run, and starts the rest as workflows. Inserting the workflow's
 * head is what deduplicates: its id is made of the event's source and id.
 */
export class Intake extends BaseService {
  readonly #line: Line;
  readonly #options: IntakeOptions;
  readonly #ended = new AbortController();
  readonly #acting: Acting;
  #inbox: Inbox | undefined;

  constructor(line: Line, options: IntakeOptions) {
    super();
    this.#line = line;
    this.#options = options;
    const right = rightUntil(line.clock, line.random, this.#ended.signal);
    this.#acting = { line, right, sender: new Sender(line, right), workerId: options.worker };
  }

  /** @throws Fatal `stopped` at a second start */
  protected override async onStart(signal: AbortSignal): Promise<void> {
    if (this.#ended.signal.aborted) throw new Fatal('stopped', { what: 'The intake' });
    this.#inbox = new Inbox(this.#acting, {
      queue: queueName.intake(this.#line.namespace),
      prefetch: PREFETCH,
      take: (delivery) => this.#admitOrRefuse(delivery),
      comeBack: (delivery, error) => this.#comeBack(delivery, error),
    });
    try {
      await this.#inbox.begun(signal);
    } catch (error) {
      await this.onStop();
      throw error;
    }
  }

  /** Takes nothing new and finishes what it has; what a server's absence holds up is left, and delivered again. */
  protected override async onStop(): Promise<void> {
    const left = this.#line.clock.after(FINISH_MS, () => this.#end());
    await this.#inbox?.end();
    left.cancel();
    this.#end();
  }

  #end(): void {
    this.#ended.abort(new Fatal('stopped', { what: 'The intake' }));
  }

  async #admitOrRefuse(delivery: Delivery): Promise<void> {
    try {
      await this.#admit(delivery);
    } catch (error) {
      if (error instanceof SetAside) this.#line.metrics.startHandled(null, 'refused');
      throw error;
    }
  }

  async #comeBack(delivery: Delivery, error: unknown): Promise<void> {
    this.#line.log.error({ err: error }, 'start event not handled; it comes back later');
    await this.#acting.sender.toIntakeLater(
      delivery,
      firstRoutingKey(delivery, INTAKE_ADDRESS),
      COME_BACK_MS,
      this.#waitedMs(delivery),
    );
  }

  /** A header from outside: what is no sensible number counts as none, and what is too large as enough. */
  #waitedMs(delivery: Delivery): number {
    const value = delivery.headers[WAITED_HEADER];
    return typeof value === 'number' && value > 0 ? Math.min(value, this.#options.definitionWaitMs) : 0;
  }

  async #admit(delivery: Delivery): Promise<void> {
    const routingKey = firstRoutingKey(delivery, INTAKE_ADDRESS);
    const event = decodeStartEvent(delivery.body, delivery.contentType, routingKey);
    const record = await this.#findDefinition(event);
    const refusal = record && refusalOf(record.definition, event.input);
    if (record && !refusal) return startWorkflow(this.#acting, event, record);
    // What was started once stays started, whatever was registered since; and its first envelope may not be out yet.
    if (await followDuplicate(this.#acting, event.workflowId)) return;
    if (refusal) throw refusal;
    await this.#waitForDefinition(delivery, event, routingKey);
  }

  #findDefinition(event: StartEvent): Promise<DefinitionRecord | null> {
    const { definitions } = this.#line;
    const { workflow, version } = event;
    return untilKnown(
      () => (version === undefined ? definitions.latest(workflow) : definitions.find(workflow, version)),
      this.#acting.right,
    );
  }

  /** A deploy may publish before it registers: the event is kept, and only a definition that never comes makes it dead. */
  async #waitForDefinition(delivery: Delivery, event: StartEvent, routingKey: string): Promise<void> {
    const waitedMs = this.#waitedMs(delivery);
    if (waitedMs >= this.#options.definitionWaitMs) {
      const version = event.version === undefined ? '' : ` version ${event.version}`;
      throw new SetAside('event-definition-unknown', { workflow: event.workflow, version });
    }
    this.#line.metrics.startHandled(null, 'delayed');
    const delayMs = Math.min(ASK_AGAIN_MS, this.#options.definitionWaitMs - waitedMs);
    await this.#acting.sender.toIntakeLater(delivery, routingKey, delayMs, waitedMs + delayMs);
  }
}
