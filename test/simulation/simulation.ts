import { exchangeName } from '../../shared/contract/topology.ts';
import { attemptId, snapshotId } from '../../shared/core/names.ts';
import type { AuditReport } from '../../shared/runtime/audit.ts';
import type { PausePoint, PointContext } from '../../shared/runtime/pause-points.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { TestLine } from '../support/test-line.ts';
import { NAMESPACE, type TestProcess } from '../support/test-process.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { Chronicle } from './chronicle.ts';
import { Crew } from './crew.ts';
import { Effects } from './effects.ts';
import { EventOrder } from './event-order.ts';
import { Nemesis } from './nemesis.ts';
import { type Fault, type Plan, planOf } from './plan.ts';
import { Ports } from './ports.ts';
import { keyOf, Producer } from './producer.ts';
import { redrive } from './redrive.ts';
import { judge } from './verdict.ts';
import { type Stage, WORKFLOWS } from './workload.ts';

/**
 * When the faults have stopped and one worker lives, every workflow is ended or parked within this time. A message that
 * finds its holder alive comes back after 30 s at most, a death is recorded within 5 s, and a step has up to four attempts of
 * 13 s (an action that ignores its signal) and as many backoffs of 4 s; a workflow has up to four steps.
 */
export const BOUND_MS = 30_000 + 4 * (5_000 + 4 * 17_000);

/** Pause between two looks at whether the line has come to rest. */
const LOOK_MS = 500;

/** What came of one seed. */
export interface Outcome {
  readonly seed: number;
  readonly faults: readonly Fault[];
  /** Everything that must not be; none: the guarantees held. */
  readonly violations: readonly string[];
  /** Everything that happened, line by line, in order. */
  readonly history: readonly string[];
  /** The same history, the same digest. */
  readonly digest: string;
  /** From the end of the faults until the line came to rest, virtual milliseconds. */
  readonly healedMs: number;
  readonly totals: AuditReport['totals'];
}

export interface SimulateOptions {
  /** Only these faults instead of the seed's own mix. */
  readonly faults?: readonly Fault[];
}

/** Runs the production code over the in-memory ports, steered by one seed, and says what it did wrong. */
export function simulate(seed: number, options: SimulateOptions = {}): Promise<Outcome> {
  return new Simulation(planOf(seed, options.faults)).run();
}

/** One run: a line, its crew, a producer, and a nemesis. */
export class Simulation {
  readonly plan: Plan;
  readonly random: SeededRandom;
  readonly clock = new VirtualClock();
  readonly chronicle = new Chronicle(this.clock);
  readonly ports: Ports;
  readonly line: TestLine;
  readonly crew: Crew;
  readonly stage: Stage;
  readonly #events = new EventOrder();
  readonly #pointRandom: SeededRandom;
  #isTrouble = true;

  constructor(plan: Plan) {
    this.plan = plan;
    this.random = new SeededRandom(plan.seed);
    this.#pointRandom = this.random.fork('points');
    const isRecordedDead = ({ id }: TestProcess): boolean => this.line.store.heartbeats.get(id)?.state === 'dead';
    const note = (text: string): void => this.chronicle.note(text);
    const violated = (what: string): void => this.chronicle.violated(what);
    this.ports = new Ports(plan, this.random, this.clock, { isRecordedDead, note, violated });
    this.line = new TestLine({
      clock: this.clock,
      random: this.random.fork('engine'),
      points: { reached: (point, context) => this.#reached(point, context) },
      wrapJournal: (journal, process) => this.ports.wrapJournal(journal, process),
      wrapBroker: (broker, process) => this.ports.wrapBroker(broker, process),
    });
    this.crew = new Crew(this);
    this.stage = {
      random: this.random.fork('behaviour'),
      effects: new Effects({ isRecordedDead, violated }),
      poison: this.has('poison') ? keyOf(0) : undefined,
      isAlone: (workflowId, step, attempt) =>
        this.line.store.shelves.get(workflowId)?.attempts.get(attemptId(workflowId, step, attempt))?.alone === true,
      isDecided: (workflowId, step, attempt) =>
        this.ports.landings.isBefore(snapshotId(workflowId, step), attemptId(workflowId, step, attempt)),
      violated,
      note,
    };
  }

  has(fault: Fault): boolean {
    return this.plan.faults.has(fault);
  }

  /** Whether things still go wrong. */
  get isTrouble(): boolean {
    return this.#isTrouble;
  }

  async run(): Promise<Outcome> {
    const { plan, line, clock, chronicle } = this;
    await line.prepare(WORKFLOWS);
    await this.#watchEvents();
    const producer = new Producer(this);
    const nemesis = new Nemesis(this);
    this.crew.begin();
    const produced = producer.run();
    void nemesis.run();
    await clock.advance(plan.troubleMs);
    this.#isTrouble = false;
    nemesis.heal();
    const healedAt = clock.monotonic();
    await line.until(produced);
    await this.#rest(nemesis);
    if (this.has('late-writes') && (await redrive(line, WORKFLOWS)) > 0) await this.#rest(nemesis);
    const healedMs = clock.monotonic() - healedAt;
    await this.crew.end();
    const totals = await judge(this, this.#events, producer.accepted);
    const { violations, lines: history, digest } = chronicle;
    return { seed: plan.seed, faults: [...plan.faults], violations, history, digest, healedMs, totals };
  }

  /** The production code passes a point: its process may die here, or stand here for a while. */
  #reached(point: PausePoint, { workflowId, step, attempt, worker }: PointContext): Promise<void> | undefined {
    this.chronicle.note(`${worker} at ${point} ${workflowId.slice(0, 6)}/${step}/${attempt}`);
    if (!this.#isTrouble) return undefined;
    const random = this.#pointRandom;
    if (this.has('kill-at-point') && random.chance(0.01)) this.crew.find(worker)?.die();
    else if (this.has('latency') && random.chance(0.02)) return this.clock.sleep(random.below(2_000));
    return undefined;
  }

  async #watchEvents(): Promise<void> {
    const queue = `${NAMESPACE}.watch`;
    await this.line.broker.declare({
      exchanges: [],
      queues: [{ name: queue }],
      bindings: [{ from: exchangeName.events(NAMESPACE), to: { queue }, pattern: '#' }],
    });
    await this.line.broker.consume(queue, {
      prefetch: 100,
      onDelivery: (delivery) => {
        this.#events.add(delivery.body);
        delivery.ack();
      },
    });
  }

  /** Waits until nothing moves any more. */
  async #rest(nemesis: Nemesis): Promise<void> {
    const end = this.clock.monotonic() + BOUND_MS;
    while (!this.line.isDrained || !nemesis.isIdle) {
      if (this.clock.monotonic() >= end) {
        this.chronicle.violated(`not at rest within ${BOUND_MS} ms: ${this.line.describeDepths()}`);
        return;
      }
      await this.clock.advance(LOOK_MS);
    }
  }
}
