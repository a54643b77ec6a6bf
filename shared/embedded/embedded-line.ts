import type { Broker } from '../broker/broker.ts';
import { InMemoryBroker } from '../broker/in-memory/index.ts';
import { ladderTopology } from '../contract/delay-ladder.ts';
import { workflowIdOf } from '../contract/start-event.ts';
import { type StartRequest, startMessage } from '../contract/start-message.ts';
import { lineTopology } from '../contract/topology.ts';
import type { Action } from '../core/action.ts';
import type { Clock, Random } from '../core/clock.ts';
import { durationMs } from '../core/duration.ts';
import { Fatal, Refused } from '../core/errors.ts';
import type { WorkflowDefinition } from '../core/workflow-definition.ts';
import { InMemoryStore } from '../journal/in-memory/index.ts';
import type { Journal } from '../journal/journal.ts';
import type { Head, WorkflowHistory } from '../journal/records.ts';
import { SystemClock, SystemRandom } from '../runtime/clock.ts';
import { Intake } from '../runtime/intake.ts';
import { LifecycleWatch } from '../runtime/lifecycle-watch.ts';
import type { Line } from '../runtime/line.ts';
import { createLine } from '../runtime/line-assembly.ts';
import { type Log, silentLog } from '../runtime/log.ts';
import { Metrics } from '../runtime/metrics.ts';
import { registerDefinition } from '../runtime/registration.ts';
import { BaseService } from '../runtime/service.ts';
import { Steward } from '../runtime/steward/steward.ts';
import { stewardWork } from '../runtime/steward/steward-work.ts';
import { Arrivals } from './arrivals.ts';
import { EmbeddedWorker, LIVENESS_TIMEOUT_MS } from './embedded-worker.ts';

const NAMESPACE = 'conveyor';
const SOURCE = '/conveyor/embedded';

export interface EmbeddedLineOptions {
  /** One worker is started for each. */
  readonly actions: readonly Action[];
  /** Checked and registered at the start. */
  readonly definitions: readonly WorkflowDefinition[];
  /** Default: nothing is written. */
  readonly log?: Log;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Whether it has a steward: what waits or is cancelled needs one. Default: true. */
  readonly steward?: boolean;
}

/** How long the head of a workflow is looked at after its event: a second. */
const MOST_LOOKS = 200;
const LOOK_MS = 5;

const isOver = ({ endedAt, status }: Head): boolean => endedAt !== undefined || status === 'parked';

/**
 * A whole line in one process: intake, workers and steward as in production, over a broker and a journal in memory. For development, examples and tests:
 * nothing outlives the process.
 */
export class EmbeddedLine extends BaseService {
  readonly namespace = NAMESPACE;
  /** What intake and workers count, all together. */
  readonly metrics = new Metrics();
  /** For reading what became of workflows. */
  readonly journal: Journal;
  readonly #options: EmbeddedLineOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  readonly #server: InMemoryBroker;
  readonly #store: InMemoryStore;
  readonly #workers: readonly EmbeddedWorker[];
  readonly #arrivals = new Arrivals();
  /** The connection of the program around the line: it publishes start events and watches. */
  readonly #outside: Broker;
  readonly #watch: LifecycleWatch;
  #intake: Intake | undefined;
  #steward: Steward | undefined;

  constructor(options: EmbeddedLineOptions) {
    super();
    this.#options = options;
    this.#clock = options.clock ?? new SystemClock();
    this.#random = options.random ?? new SystemRandom();
    this.#log = options.log ?? silentLog;
    this.#server = new InMemoryBroker({ clock: this.#clock });
    this.#store = new InMemoryStore(this.#clock);
    this.journal = this.#store.connect();
    this.#outside = this.#server.connect();
    this.#workers = options.actions.map((action) => new EmbeddedWorker(action, () => this.#line()));
    this.#watch = new LifecycleWatch({
      broker: this.#outside,
      namespace: NAMESPACE,
      queue: 'embedded',
      events: ['succeeded', 'failed', 'cancelled', 'parked'],
      log: this.#log,
      onEvent: (_, event) => this.#arrivals.arrived(event.workflowid),
    });
  }

  /** A connection to the broker, as another program has it. Its owner closes it. */
  connect(): Broker {
    return this.#server.connect();
  }

  /**
   * Publishes a start event; resolves to the workflow's id when it is on the line.
   * @param request `id` and `source` are made up unless given; the same pair again starts nothing
   */
  async publishStart(
    request: Omit<StartRequest, 'id' | 'source'> & Partial<Pick<StartRequest, 'id' | 'source'>>,
  ): Promise<string> {
    const { source = SOURCE, id = this.#random.id() } = request;
    await this.#outside.publish(startMessage(NAMESPACE, { ...request, source, id }));
    return workflowIdOf(source, id);
  }

  /**
   * Waits until a workflow has ended or is parked; resolves to its history.
   * @throws Fatal `stopped` when the line stops first
   */
  async ended(workflowId: string): Promise<WorkflowHistory> {
    const arrival = this.#arrivals.of(workflowId);
    const head = await this.journal.readHead(workflowId);
    // It may have arrived before anyone asked.
    if (!head || !isOver(head)) await arrival;
    // The event comes first, the head says so a moment later; of one that was taken up again meanwhile it says something else.
    for (let look = 1; ; look += 1) {
      const history = await this.journal.readHistory(workflowId);
      if (!history) throw new Refused('workflow-unknown', { key: workflowId });
      if (isOver(history.head) || look === MOST_LOOKS) return history;
      await this.#clock.sleep(LOOK_MS);
    }
  }

  /** @throws Refused `definition-invalid` */
  protected override async onStart(): Promise<void> {
    await this.#outside.declare(lineTopology(NAMESPACE, ladderTopology(NAMESPACE)));
    await this.#register();
    await this.#watch.start();
    await Promise.all(this.#workers.map((worker) => worker.start()));
    this.#intake = new Intake(this.#line(), {
      definitionWaitMs: durationMs('60s', 'definitionWait'),
      worker: 'embedded-intake',
    });
    await this.#intake.start();
    if (this.#options.steward === false) return;
    this.#steward = new Steward(this.#line(), {
      worker: 'embedded-steward',
      work: (acting) => stewardWork(acting, { livenessTimeoutMs: LIVENESS_TIMEOUT_MS }),
    });
    await this.#steward.start();
  }

  /** Takes no more starts, finishes the steps under way, and forgets everything with the process. */
  protected override async onStop(): Promise<void> {
    await this.#steward?.stop();
    await this.#intake?.stop();
    await Promise.all(this.#workers.map((worker) => worker.stop()));
    await this.#watch.stop();
    await this.#outside.close();
    this.#arrivals.end(new Fatal('stopped', { what: 'The embedded line' }));
  }

  async #register(): Promise<void> {
    const brought = this.#options.actions.map(({ contract }) => contract);
    for (const definition of this.#options.definitions) {
      await registerDefinition(this.journal, definition, { clock: this.#clock, brought });
    }
  }

  /** What one process of the line has: connections of its own, and the platform that all share. */
  #line(): Line {
    return createLine({
      namespace: NAMESPACE,
      broker: this.#server.connect(),
      journal: this.#store.connect(),
      clock: this.#clock,
      random: this.#random,
      log: this.#log,
      metrics: this.metrics,
      retentionMs: durationMs('30d', 'retention'),
    });
  }
}

/** An embedded line, started. @throws Refused `definition-invalid` */
export async function startEmbeddedLine(options: EmbeddedLineOptions): Promise<EmbeddedLine> {
  const line = new EmbeddedLine(options);
  await line.start();
  return line;
}
