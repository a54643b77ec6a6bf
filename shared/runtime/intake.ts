import type { Delivery } from '../broker/broker.ts';
import type { Envelope } from '../contract/envelope.ts';
import { decodeStartEvent, type StartEvent } from '../contract/start-event.ts';
import { INTAKE_ADDRESS, queueName } from '../contract/topology.ts';
import { chooseEdge } from '../core/conditions.ts';
import { Fatal, Parks, SetAside } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { checkJson } from '../core/json-schema-check.ts';
import { snapshotId } from '../core/names.ts';
import { enter } from '../core/transition.ts';
import type { WorkflowDefinition } from '../core/workflow-definition.ts';
import type { DefinitionRecord, Head } from '../journal/records.ts';
import type { Acting } from './acting.ts';
import { Consumption } from './consumption.ts';
import type { Line } from './line.ts';
import { followIfParked, handOnOrPark } from './parking.ts';
import { rightUntil, untilKnown } from './right-to-act.ts';
import { ROUTING_KEY_HEADER, Sender, WAITED_HEADER } from './sender.ts';
import { BaseService } from './service.ts';

/** Start events in passage at once. Each waits for two writes and two confirms; the groups are filled from these. */
const PREFETCH = 400;

/** Pauses between two looks for a definition that is not registered yet. */
const ASK_AGAIN_MS = 2_000;

/** How long a stop waits for what is under way, milliseconds. */
const FINISH_MS = 5_000;

/** Pause before a start event comes back that the engine itself failed on: a mistake must neither lose it nor spin on it. */
const COME_BACK_MS = 30_000;

export interface IntakeOptions {
  /** DEFINITION_WAIT: how long a start event waits for its definition, milliseconds. */
  readonly definitionWaitMs: number;
  /** Name of this process in what it inserts. */
  readonly worker: string;
}

/**
 * The door of the line: takes start events, refuses what cannot run, inserts the workflow's head and sends its first
 * envelope. Inserting the head is what deduplicates: the workflow's id is made of the event's source and id.
 */
export class Intake extends BaseService {
  readonly #line: Line;
  readonly #options: IntakeOptions;
  readonly #ended = new AbortController();
  readonly #acting: Acting;
  readonly #underWay = new Set<Promise<void>>();
  #consumption: Consumption | undefined;

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
    this.#consumption = new Consumption(this.#line.broker, queueName.intake(this.#line.namespace), {
      prefetch: PREFETCH,
      onDelivery: (delivery) => this.#take(delivery),
    });
    try {
      await this.#consumption.begun(signal);
    } catch (error) {
      await this.onStop();
      throw error;
    }
  }

  /** Takes nothing new and finishes what it has; what a server's absence holds up is left, and delivered again. */
  protected override async onStop(): Promise<void> {
    await this.#consumption?.end();
    const left = this.#line.clock.after(FINISH_MS, () => this.#end());
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    left.cancel();
    this.#end();
  }

  #end(): void {
    this.#ended.abort(new Fatal('stopped', { what: 'The intake' }));
  }

  #take(delivery: Delivery): void {
    if (this.#ended.signal.aborted) return delivery.giveBack();
    const taken = this.#process(delivery).catch((error: unknown) => {
      if (error instanceof Fatal) return; // the process ends; the broker delivers the event again
      this.#line.log.error({ err: error }, 'start event left unacknowledged');
    });
    this.#underWay.add(taken);
    void taken.then(() => this.#underWay.delete(taken));
  }

  async #process(delivery: Delivery): Promise<void> {
    try {
      await this.#admit(delivery);
    } catch (error) {
      if (error instanceof Fatal) throw error;
      if (error instanceof SetAside) await this.#refuse(delivery, error);
      else await this.#comeBack(delivery, error);
    }
    delivery.ack();
  }

  async #refuse(delivery: Delivery, error: SetAside): Promise<void> {
    this.#line.metrics.startHandled(null, 'refused');
    await this.#acting.sender.setAside(delivery, error);
  }

  async #comeBack(delivery: Delivery, error: unknown): Promise<void> {
    this.#line.log.error({ err: error }, 'start event not handled; it comes back later');
    await this.#acting.sender.askAgainLater(delivery, routingKeyOf(delivery), COME_BACK_MS, this.#waitedMs(delivery));
  }

  /** A header from outside: what is no sensible number counts as none, and what is too large as enough. */
  #waitedMs(delivery: Delivery): number {
    const value = delivery.headers[WAITED_HEADER];
    return typeof value === 'number' && value > 0 ? Math.min(value, this.#options.definitionWaitMs) : 0;
  }

  async #admit(delivery: Delivery): Promise<void> {
    const routingKey = routingKeyOf(delivery);
    const event = decodeStartEvent(delivery.body, delivery.contentType, routingKey);
    const record = await this.#findDefinition(event);
    const refusal = record && refusalOf(record.definition, event.input);
    if (record && !refusal) return this.#startWorkflow(event, record);
    // What was started once stays started, whatever was registered since; and its first envelope may not be out yet.
    if (await this.#followDuplicate(event.workflowId)) return;
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
    await this.#acting.sender.askAgainLater(delivery, routingKey, delayMs, waitedMs + delayMs);
  }

  async #startWorkflow(event: StartEvent, record: DefinitionRecord): Promise<void> {
    const { writes, metrics, points } = this.#line;
    const where = { workflowId: event.workflowId, step: 1, attempt: 1, worker: this.#options.worker };
    await points.reached('start-accepted', where);
    const head = this.#headOf(event, record);
    const inserted = await untilKnown(() => writes.insertHead(head), this.#acting.right);
    await points.reached('head-inserted', where);
    if (inserted === 'duplicate') return void (await this.#followDuplicate(event.workflowId));
    metrics.startHandled(record.name, 'started');
    await this.#handOn(head, record);
  }

  /**
   * The same event again: the first one may have died before its envelope was out. What runs already is left alone. False: there is
   * no such workflow (or no more: then it has ended long ago).
   */
  async #followDuplicate(workflowId: string): Promise<boolean> {
    const { journal, definitions, metrics } = this.#line;
    const head = await untilKnown(() => journal.readHead(workflowId), this.#acting.right);
    if (!head) return false;
    metrics.startHandled(head.workflow, 'duplicate');
    const record = await untilKnown(() => definitions.find(head.workflow, head.version), this.#acting.right);
    if (!record) return true;
    const moved = await untilKnown(() => journal.findMoved([{ workflowId, step: 1 }]), this.#acting.right);
    if (moved.has(snapshotId(workflowId, 1))) await followIfParked(this.#acting, this.#envelopeOf(head, record));
    else await this.#handOn(head, record);
    return true;
  }

  async #handOn(head: Head, record: DefinitionRecord): Promise<void> {
    const { workflowId, businessKey, workflow, version } = head;
    const { initial } = record.definition;
    await this.#acting.sender.announce({
      event: 'started',
      workflowId,
      businessKey,
      step: 0,
      attempt: 0,
      data: { workflow, version, state: initial, step: 0 },
    });
    await handOnOrPark(this.#acting, this.#envelopeOf(head, record));
  }

  #envelopeOf(head: Head, { definition }: DefinitionRecord): Envelope {
    const { workflowId, businessKey, workflow, version, input } = head;
    const { initial } = definition;
    const { next } = enter(definition, initial, input, chooseEdge);
    // The checks of a definition refuse an initial state that is an end.
    if ('end' in next) throw new TypeError(`definition ${workflow}/${version} begins with an end`);
    return {
      specversion: '1.0',
      workflowId,
      workflow,
      version,
      businessKey,
      step: 1,
      attempt: 1,
      failures: 0,
      kind: 'run',
      action: next.action,
      state: initial,
      data: input,
      sentAt: this.#line.clock.now(),
      startedAt: head.startedAt.getTime(),
      ...(head.traceparent === undefined ? {} : { traceparent: head.traceparent }),
    };
  }

  #headOf(event: StartEvent, { name, version }: DefinitionRecord): Head {
    const { workflowId, businessKey, source, eventId, input, traceparent } = event;
    return {
      _id: workflowId,
      workflow: name,
      version,
      businessKey,
      status: 'running',
      input,
      source,
      eventId,
      ...(traceparent === undefined ? {} : { traceparent }),
      startedAt: new Date(this.#line.clock.now()),
      workflowId,
    };
  }
}

/**
 * Why a definition does not take an input. Conditions that cannot be evaluated are refused at the door, too: there is no step
 * yet at which the workflow could be parked.
 */
function refusalOf(definition: WorkflowDefinition, input: JsonObject): SetAside | undefined {
  const problem = checkJson(definition.input, input, 'data');
  if (problem) return new SetAside('event-invalid', { problem });
  try {
    enter(definition, definition.initial, input, chooseEdge);
    return undefined;
  } catch (error) {
    if (!(error instanceof Parks)) throw error;
    return new SetAside('event-invalid', { problem: error.message }, { cause: error });
  }
}

/**
 * The one with which it first came: the delay ladder replaces it, and ends it with the intake's address. Of any other message the
 * header counts for nothing, since the broker's permissions go by the routing key.
 */
function routingKeyOf({ headers, routingKey }: Delivery): string {
  const first = headers[ROUTING_KEY_HEADER];
  return routingKey.endsWith(`.${INTAKE_ADDRESS}`) && typeof first === 'string' ? first : routingKey;
}
