import type { Broker } from '../../shared/broker/broker.ts';
import type { InMemoryBroker } from '../../shared/broker/in-memory/index.ts';
import { DEFAULT_LADDER, ladderTopology } from '../../shared/contract/delay-ladder.ts';
import { EVENT_CONTENT_TYPE, workflowIdOf } from '../../shared/contract/start-event.ts';
import { exchangeName, lineTopology } from '../../shared/contract/topology.ts';
import type { Action } from '../../shared/core/action.ts';
import type { Clock, Random } from '../../shared/core/clock.ts';
import { definitionHash } from '../../shared/core/definition-hash.ts';
import type { JsonObject } from '../../shared/core/json.ts';
import { definitionId } from '../../shared/core/names.ts';
import type { WorkflowDefinition } from '../../shared/core/workflow-definition.ts';
import type { InMemoryStore } from '../../shared/journal/in-memory/index.ts';
import type { Journal } from '../../shared/journal/journal.ts';
import { Definitions } from '../../shared/runtime/definitions.ts';
import { Intake } from '../../shared/runtime/intake.ts';
import { groupWrites } from '../../shared/runtime/journal-groups.ts';
import type { Line } from '../../shared/runtime/line.ts';
import { silentLog } from '../../shared/runtime/log.ts';
import { Metrics } from '../../shared/runtime/metrics.ts';
import { Worker } from '../../shared/runtime/worker.ts';
import { Mortality } from './mortal.ts';
import type { TestPoints } from './test-points.ts';

export const NAMESPACE = 'test';

/** What a line in memory is built on. */
export interface TestLineOptions {
  readonly server: InMemoryBroker;
  readonly store: InMemoryStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly points: TestPoints;
  /** Puts something around each process's ports, e.g. faults. */
  wrapBroker?(broker: Broker, process: string): Broker;
  wrapJournal?(journal: Journal, process: string): Journal;
}

/** A simulated process on the line: it can stop, and it can die. */
export interface TestProcess {
  readonly id: string;
  /** SIGKILL. */
  die(): void;
  stop(): Promise<void>;
  readonly isDead: boolean;
}

/** A whole line over the in-memory adapters: the production code, with processes that can be killed at any point. */
export class TestLine {
  readonly options: TestLineOptions;
  readonly journal: Journal;
  readonly #operatorBroker: Broker;
  #started = 0;

  constructor(options: TestLineOptions) {
    this.options = options;
    this.journal = options.store.connect();
    this.#operatorBroker = options.server.connect();
  }

  /** Declares the line, registers the definitions. */
  async prepare(definitions: readonly WorkflowDefinition[]): Promise<void> {
    await this.#operatorBroker.declare(lineTopology(NAMESPACE, ladderTopology(NAMESPACE)));
    for (const definition of definitions) {
      await this.journal.registerDefinition({
        _id: definitionId(definition.name, definition.version),
        ...{ name: definition.name, version: definition.version, hash: definitionHash(definition), definition },
        ...{ active: true, registeredAt: new Date(this.options.clock.now()) },
      });
    }
  }

  /** @param onFenced defaults to dying at once, as a process does that exits */
  async addWorker(
    actions: readonly Action[],
    id = `worker-${++this.#started}`,
  ): Promise<TestProcess & { worker: Worker }> {
    const process = this.#process(id);
    const worker = new Worker(process.line, {
      actions,
      identity: { _id: id, host: 'test', pid: this.#started },
      livenessTimeoutMs: 5_000,
      graceMs: 10_000,
      onFenced: () => process.die(),
    });
    await worker.start();
    return {
      id,
      worker,
      die: () => process.die(),
      stop: () => worker.stop(),
      get isDead() {
        return process.mortality.isDead;
      },
    };
  }

  async addIntake(id = `intake-${++this.#started}`): Promise<TestProcess> {
    const process = this.#process(id);
    const intake = new Intake(process.line, { definitionWaitMs: 60_000, worker: id });
    await intake.start();
    return {
      id,
      die: () => process.die(),
      stop: () => intake.stop(),
      get isDead() {
        return process.mortality.isDead;
      },
    };
  }

  /** Publishes a start event; resolves to the workflow's id when the broker has confirmed it. */
  async start(workflow: string, businessKey: string, data: JsonObject): Promise<string> {
    const event = {
      specversion: '1.0',
      id: businessKey,
      source: '/test',
      type: 'conveyor.start',
      subject: businessKey,
      data,
    };
    await this.#operatorBroker.publish({
      exchange: exchangeName.start(NAMESPACE),
      routingKey: workflow,
      body: Buffer.from(JSON.stringify(event)),
      contentType: EVENT_CONTENT_TYPE,
      messageId: businessKey,
      mandatory: true,
    });
    return workflowIdOf('/test', businessKey);
  }

  /** A broker connection for a test's own messages. */
  get broker(): Broker {
    return this.#operatorBroker;
  }

  #process(id: string): { line: Line; mortality: Mortality; die(): void } {
    const { server, store, random, points, wrapBroker, wrapJournal } = this.options;
    const mortality = new Mortality();
    const connection = server.connect();
    const clock = mortality.clock(this.options.clock);
    const journal = mortality.port(wrapJournal?.(store.connect(), id) ?? store.connect());
    const broker = mortality.port(wrapBroker?.(connection, id) ?? connection);
    const metrics = new Metrics();
    const line: Line = {
      ...{ namespace: NAMESPACE, broker, journal, clock, random, metrics },
      writes: groupWrites(journal, metrics),
      definitions: new Definitions(journal, clock),
      ladder: DEFAULT_LADDER,
      log: silentLog,
      points: {
        reached: (point, context) => (mortality.isDead ? mortality.forever() : points.reached(point, context)),
      },
      retentionMs: 30 * 86_400_000,
    };
    const die = (): void => {
      mortality.die();
      connection.kill();
    };
    return { line, mortality, die };
  }
}
