import type { Broker } from '../../shared/broker/broker.ts';
import { InMemoryBroker } from '../../shared/broker/in-memory/index.ts';
import { EVENT_CONTENT_TYPE } from '../../shared/contract/cloud-event.ts';
import { ladderTopology } from '../../shared/contract/delay-ladder.ts';
import { workflowIdOf } from '../../shared/contract/start-event.ts';
import { exchangeName, lineTopology } from '../../shared/contract/topology.ts';
import type { Action } from '../../shared/core/action.ts';
import { definitionHash } from '../../shared/core/definition-hash.ts';
import type { JsonObject } from '../../shared/core/json.ts';
import { definitionId } from '../../shared/core/names.ts';
import type { WorkflowDefinition } from '../../shared/core/workflow-definition.ts';
import { InMemoryStore } from '../../shared/journal/in-memory/index.ts';
import type { Journal } from '../../shared/journal/journal.ts';
import type { WorkflowHistory } from '../../shared/journal/records.ts';
import type { Acting } from '../../shared/runtime/acting.ts';
import { type AuditReport, auditJournal } from '../../shared/runtime/audit.ts';
import { Intake } from '../../shared/runtime/intake.ts';
import { NO_PAUSES, type PausePoints } from '../../shared/runtime/pause-points.ts';
import { rightUntil } from '../../shared/runtime/right-to-act.ts';
import { Sender } from '../../shared/runtime/sender.ts';
import { Steward, type StewardWork } from '../../shared/runtime/steward/steward.ts';
import { stewardWork } from '../../shared/runtime/steward/steward-work.ts';
import { Worker } from '../../shared/runtime/worker.ts';
import { SeededRandom } from '../../shared/testing/seeded-random.ts';
import { VirtualClock } from '../../shared/testing/virtual-clock.ts';
import { NAMESPACE, TestProcess, type World } from './test-process.ts';

export const LIVENESS_TIMEOUT_MS = 5_000;
const GRACE_MS = 10_000;

/** No test waits longer for a fact, in virtual milliseconds. */
const PATIENCE_MS = 300_000;

const SET_ASIDE = new Set([`${NAMESPACE}.dead`, `${NAMESPACE}.returned`]);

/** The actions of a worker; a function when they need its clock. */
export type ActionsOf = readonly Action[] | ((process: TestProcess) => readonly Action[]);

/** What a steward does. */
export type WorkOf = (acting: Acting, process: TestProcess) => StewardWork;

const everything: WorkOf = (acting) => stewardWork(acting, { livenessTimeoutMs: LIVENESS_TIMEOUT_MS });

export interface Launched {
  readonly process: TestProcess;
  /** Resolves when it works; rejects when it could not start, and is dead. Never, when it was killed over it. */
  readonly started: Promise<void>;
}

export interface TestLineOptions extends Partial<Pick<World, 'wrapBroker' | 'wrapJournal'>> {
  readonly clock?: VirtualClock;
  readonly random?: SeededRandom;
  readonly points?: PausePoints;
}

/** A whole line over the in-memory adapters: the production code, with processes that can be killed at any point. */
export class TestLine implements World {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly points: PausePoints;
  readonly server: InMemoryBroker;
  readonly store: InMemoryStore;
  readonly wrapBroker: World['wrapBroker'];
  readonly wrapJournal: World['wrapJournal'];
  /** Connections of the test's own, which no fault reaches. */
  readonly journal: Journal;
  readonly broker: Broker;
  readonly processes: TestProcess[] = [];

  constructor(options: TestLineOptions = {}) {
    this.clock = options.clock ?? new VirtualClock();
    this.random = options.random ?? new SeededRandom('test line');
    this.points = options.points ?? NO_PAUSES;
    this.server = new InMemoryBroker({ clock: this.clock });
    this.store = new InMemoryStore(this.clock);
    this.wrapBroker = options.wrapBroker;
    this.wrapJournal = options.wrapJournal;
    this.journal = this.store.connect();
    this.broker = this.server.connect();
  }

  /** Declares the line, registers the definitions. */
  async prepare(definitions: readonly WorkflowDefinition[]): Promise<void> {
    await this.broker.declare(lineTopology(NAMESPACE, ladderTopology(NAMESPACE)));
    for (const definition of definitions) {
      const { name, version } = definition;
      await this.journal.registerDefinition({
        _id: definitionId(name, version),
        name,
        version,
        hash: definitionHash(definition),
        definition,
        active: true,
        registeredAt: new Date(this.clock.now()),
      });
    }
  }

  /** A process that begins to host these actions. It exits when it is fenced. */
  launchWorker(actions: ActionsOf, id?: string): Launched {
    const process = this.#process(id ?? `worker-${this.processes.length + 1}`);
    const worker = new Worker(process.line, {
      actions: typeof actions === 'function' ? actions(process) : actions,
      identity: { _id: process.id, host: 'test', pid: this.processes.length },
      livenessTimeoutMs: LIVENESS_TIMEOUT_MS,
      graceMs: GRACE_MS,
      onFenced: () => {
        process.isFenced = true;
        process.die();
      },
    });
    return { process, started: process.run(worker) };
  }

  launchIntake(id?: string): Launched {
    const process = this.#process(id ?? `intake-${this.processes.length + 1}`);
    return {
      process,
      started: process.run(new Intake(process.line, { definitionWaitMs: 60_000, worker: process.id })),
    };
  }

  /** A process that begins to look after what no worker holds. */
  launchSteward(id?: string, work: WorkOf = everything): Launched {
    const process = this.#process(id ?? `steward-${this.processes.length + 1}`);
    const steward = new Steward(process.line, { worker: process.id, work: (acting) => work(acting, process) });
    return { process, started: process.run(steward) };
  }

  async addSteward(id?: string, work?: WorkOf): Promise<TestProcess> {
    const { process, started } = this.launchSteward(id, work);
    await this.until(started);
    return process;
  }

  /** A worker that consumes. */
  async addWorker(actions: ActionsOf, id?: string): Promise<TestProcess> {
    const { process, started } = this.launchWorker(actions, id);
    await this.until(started);
    return process;
  }

  async addIntake(id?: string): Promise<TestProcess> {
    const { process, started } = this.launchIntake(id);
    await this.until(started);
    return process;
  }

  /** An operator's process, e.g. the command line; `acting` is what it works with. */
  addOperator(id?: string): { process: TestProcess; acting: Acting } {
    const process = this.#process(id ?? `operator-${this.processes.length + 1}`);
    const { line } = process;
    const right = rightUntil(line.clock, line.random, new AbortController().signal);
    return { process, acting: { line, right, sender: new Sender(line, right), workerId: process.id } };
  }

  /** Publishes a start event; resolves to the workflow's id when the broker has confirmed it. */
  async start(workflow: string, businessKey: string, data: JsonObject = {}, id = businessKey): Promise<string> {
    const event = {
      specversion: '1.0',
      id,
      source: '/test',
      type: 'conveyor.start',
      subject: businessKey,
      data,
    };
    const confirmed = this.broker.publish({
      exchange: exchangeName.start(NAMESPACE),
      routingKey: workflow,
      body: Buffer.from(JSON.stringify(event)),
      contentType: EVENT_CONTENT_TYPE,
      messageId: id,
      mandatory: true,
    });
    await this.until(confirmed);
    return workflowIdOf('/test', id);
  }

  /** Moves time on until the promise settles. */
  async until<T>(promise: Promise<T>, limitMs = PATIENCE_MS): Promise<T> {
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    promise.then(settle, settle);
    await this.clock.runUntil(() => settled, limitMs);
    return promise;
  }

  /** Nothing lies in any queue but where messages are set aside. */
  get isDrained(): boolean {
    return this.#unsettled().length === 0;
  }

  describeDepths(): string {
    return this.#unsettled()
      .map(([queue, { ready, unacknowledged }]) => `${queue} ${ready}+${unacknowledged}`)
      .join(', ');
  }

  #unsettled() {
    return [...this.server.depths()].filter(
      ([queue, { ready, unacknowledged }]) => !SET_ASIDE.has(queue) && ready + unacknowledged > 0,
    );
  }

  /** Moves time on until nothing of the line is left in any queue but where messages are set aside. */
  async untilDrained(limitMs = PATIENCE_MS): Promise<void> {
    await this.clock.runUntil(() => this.isDrained, limitMs);
  }

  async history(workflowId: string): Promise<WorkflowHistory> {
    const history = await this.journal.readHistory(workflowId);
    if (!history) throw new Error(`no workflow ${workflowId}`);
    return history;
  }

  #process(id: string): TestProcess {
    const process = new TestProcess(id, this);
    this.processes.push(process);
    return process;
  }

  audit(expected: readonly string[], clockToleranceMs = 0): Promise<AuditReport> {
    return auditJournal(this.journal, { clock: this.clock, expected, drained: true, clockToleranceMs });
  }
}
