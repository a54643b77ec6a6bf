import { RabbitMqBroker } from '../../shared/broker/rabbitmq/index.ts';
import { ladderTopology } from '../../shared/contract/delay-ladder.ts';
import { lineTopology, stationTopology } from '../../shared/contract/topology.ts';
import type { Action } from '../../shared/core/action.ts';
import type { Fatal } from '../../shared/core/errors.ts';
import type { WorkflowDefinition } from '../../shared/core/workflow-definition.ts';
import { connectMongoJournal, type MongoJournal } from '../../shared/journal/mongodb/index.ts';
import { SystemClock, SystemRandom } from '../../shared/runtime/clock.ts';
import { Intake } from '../../shared/runtime/intake.ts';
import { createLine } from '../../shared/runtime/line-assembly.ts';
import { silentLog } from '../../shared/runtime/log.ts';
import { Metrics } from '../../shared/runtime/metrics.ts';
import { registerDefinition } from '../../shared/runtime/registration.ts';
import { Steward } from '../../shared/runtime/steward/steward.ts';
import { stewardWork } from '../../shared/runtime/steward/steward-work.ts';
import { Worker } from '../../shared/runtime/worker.ts';
import type { Urls } from './namespaces.ts';

const LIVENESS_TIMEOUT_MS = 10_000;
const STOP_MS = 10_000;
const DEFINITION_WAIT_MS = 1_000;
const RETENTION_MS = 86_400_000;

const clock = new SystemClock();
const random = new SystemRandom();

export interface InProcessLineOptions {
  readonly urls: Urls;
  readonly namespace: string;
  readonly actions: readonly Action[];
  readonly definitions: readonly WorkflowDefinition[];
}

/** A whole line on real servers within the process of the test: an intake, a steward, and one worker that hosts all actions. */
export class InProcessLine {
  readonly journal: MongoJournal;
  readonly broker: RabbitMqBroker;
  readonly metrics = new Metrics();
  /** Why the worker gave itself up, if it did. */
  readonly fenced: Fatal[] = [];
  readonly #worker: Worker;
  readonly #intake: Intake;
  readonly #steward: Steward;
  readonly #queues: readonly string[];

  private constructor({ namespace, actions }: InProcessLineOptions, journal: MongoJournal, broker: RabbitMqBroker) {
    this.journal = journal;
    this.broker = broker;
    const { metrics } = this;
    const parts = { namespace, broker, journal, clock, random, log: silentLog, metrics, retentionMs: RETENTION_MS };
    const line = createLine(parts);
    this.#worker = new Worker(line, {
      actions,
      identity: { _id: `test-${random.id()}`, host: 'test', pid: process.pid },
      livenessTimeoutMs: LIVENESS_TIMEOUT_MS,
      graceMs: STOP_MS,
      onFenced: (error) => this.fenced.push(error),
    });
    this.#intake = new Intake(line, { definitionWaitMs: DEFINITION_WAIT_MS, worker: 'test-intake' });
    this.#steward = new Steward(line, {
      worker: `test-steward-${random.id()}`,
      work: (acting) => stewardWork(acting, { livenessTimeoutMs: LIVENESS_TIMEOUT_MS }),
    });
    this.#queues = [
      ...lineTopology(namespace, ladderTopology(namespace)).queues,
      ...actions.flatMap(({ name }) => stationTopology(namespace, name).queues),
    ].map(({ name }) => name);
  }

  static async start(options: InProcessLineOptions): Promise<InProcessLine> {
    const { urls, namespace, actions, definitions } = options;
    const journal = await connectMongoJournal({ url: urls.mongodbUrl, namespace, clock });
    const broker = new RabbitMqBroker({ url: urls.amqpUrl, clock, random, name: 'test line' });
    await broker.declare(lineTopology(namespace, ladderTopology(namespace)));
    const brought = actions.map(({ contract }) => contract);
    for (const definition of definitions) await registerDefinition(journal, definition, { clock, brought });
    const line = new InProcessLine(options, journal, broker);
    await line.#worker.start();
    await line.#intake.start();
    await line.#steward.start();
    return line;
  }

  /** Ready messages by queue, of the queues that have any; after the stop, nothing is anywhere else. */
  async depths(): Promise<Readonly<Record<string, number>>> {
    const depths = await Promise.all(
      this.#queues.map(async (name) => [name, (await this.broker.depth(name)) ?? 0] as const),
    );
    return Object.fromEntries(depths.filter(([, depth]) => depth > 0));
  }

  /** A clean stop of all three; the connections stay. */
  async stop(): Promise<void> {
    await Promise.all([this.#worker.stop(), this.#intake.stop(), this.#steward.stop()]);
  }

  async close(): Promise<void> {
    await this.stop();
    await this.broker.close();
    await this.journal.close();
  }
}
