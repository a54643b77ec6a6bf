import { exchangeName } from '../../shared/contract/topology.ts';
import { attemptId, snapshotId } from '../../shared/core/names.ts';
import type { WaitRecord } from '../../shared/journal/wait-records.ts';
import type { AuditReport } from '../../shared/runtime/audit.ts';
import type { PausePoint, PointContext } from '../../shared/runtime/pause-points.ts';
import { standingOf, statusOf } from '../../shared/runtime/standing.ts';
import { SeededRandom } from '../../shared/testing/seeded-random.ts';
import { VirtualClock } from '../../shared/testing/virtual-clock.ts';
import { TestLine } from '../support/test-line.ts';
import { NAMESPACE, RETENTION_MS, type TestProcess } from '../support/test-process.ts';
import { Chronicle } from './chronicle.ts';
import { WORKFLOWS } from './contracts.ts';
import { Crew } from './crew.ts';
import { Effects } from './effects.ts';
import { EventOrder, WATCH } from './event-order.ts';
import { Nemesis } from './nemesis.ts';
import { Outside } from './outside.ts';
import { type Fault, type Plan, planOf } from './plan.ts';
import { Ports } from './ports.ts';
import { keyOf, Producer } from './producer.ts';
import { judge, judgeQueues } from './verdict.ts';
import type { Stage } from './workload.ts';

/**
 * When the faults have stopped and one process of each kind lives, every workflow is ended or parked within this time. A message that
 * finds its holder alive comes back after 30 s at most, a death is recorded within 5 s, and a step has up to four attempts of
 * 13 s (an action that ignores its signal) and as many backoffs of 4 s; a workflow has up to five steps, and as many on its way back.
 */
const BOUND_MS = 30_000 + 10 * (5_000 + 4 * 17_000);

/** A lost message is found by a probe: half a minute until it is sent, another one until what was taken ahead has had its turn. */
const FOUND_MS = 180_000;

/** What was written down by a clock that was set comes true by one that was not, or by one that was set the other way. */
const CLOCKS_DIFFER_MS = 2 * 3_600_000;

/** Retention removes one batch a minute. */
const REMOVED_MS = 180_000;

/** Pause between two looks at whether the line has come to rest. */
const LOOK_MS = 1_000;

/** What is over later than this is not waited for while the line runs. */
const FAR_MS = 600_000;

const SET_ASIDE = new Set([`${NAMESPACE}.dead`, `${NAMESPACE}.returned`]);

/** Points of cancellations, of waits, and of what stewards look after. */
const SELDOM_PASSED =
  /^(intent|position|grace|course|cancel|wait|ticket|notification|poll|parking|head-put|message|workflows)/;

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
  readonly events = new EventOrder();
  readonly producer: Producer;
  readonly outside: Outside;
  readonly #pointRandom: SeededRandom;
  #isTrouble = true;
  /** Whether all long waits are over. */
  #isLate = false;

  constructor(plan: Plan) {
    this.plan = plan;
    this.random = new SeededRandom(plan.seed);
    this.#pointRandom = this.random.fork('points');
    const isRecordedDead = ({ id }: TestProcess): boolean => this.line.store.heartbeats.get(id)?.state === 'dead';
    const note = (text: string): void => this.chronicle.note(text);
    const violated = (what: string): void => this.chronicle.violated(what);
    const onCancelled = (workflowId: string, step: number): void =>
      this.stage.effects.beCalm(this.line.store.shelves.get(workflowId)?.head?.businessKey ?? '', step);
    this.ports = new Ports(plan, this.random, this.clock, { isRecordedDead, note, violated, onCancelled });
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
      effects: new Effects({ isRecordedDead, violated, resultsComeLate: this.has('late-writes') }),
      poison: this.has('poison') ? keyOf(0) : undefined,
      isAlone: (workflowId, step, attempt) =>
        this.line.store.shelves.get(workflowId)?.attempts.get(attemptId(workflowId, step, attempt))?.alone === true,
      isDecided: (workflowId, step, attempt) =>
        this.ports.landings.isBefore(snapshotId(workflowId, step), attemptId(workflowId, step, attempt)),
      longestWaitMs: plan.longestWaitMs,
      cancelledAt: (workflowId) => this.ports.landings.cancelledAt(workflowId),
      violated,
      note,
    };
    this.producer = new Producer(this);
    this.outside = new Outside(this);
  }

  has(fault: Fault): boolean {
    return this.plan.faults.has(fault);
  }

  /** Whether things still go wrong. */
  get isTrouble(): boolean {
    return this.#isTrouble;
  }

  async run(): Promise<Outcome> {
    const { plan, line, clock, chronicle, producer } = this;
    await line.prepare(WORKFLOWS);
    await this.#watchEvents();
    const nemesis = new Nemesis(this);
    this.crew.begin();
    const produced = producer.run();
    void this.outside.run();
    void nemesis.run();
    await clock.advance(plan.troubleMs);
    this.#isTrouble = false;
    nemesis.heal();
    const healedAt = clock.monotonic();
    await line.until(produced);
    await this.#rest(nemesis);
    const healedMs = clock.monotonic() - healedAt;
    let totals = await judge(this, producer.accepted);
    if (!this.line.isDrained) totals = await this.#sleep(nemesis);
    await this.crew.end();
    await judgeQueues(this);
    const { violations, lines: history, digest } = chronicle;
    return { seed: plan.seed, faults: [...plan.faults], violations, history, digest, healedMs, totals };
  }

  /** Nobody is there until everything that waits is over; then the line is started again. What has ended meanwhile for long is removed. */
  async #sleep(nemesis: Nemesis): Promise<AuditReport['totals']> {
    const { line, clock, chronicle, producer } = this;
    await this.crew.end();
    // Those of waits that something else ended, too: their tickets still come.
    const over = Math.max(...[...line.store.waits.values()].map(({ until }) => until?.getTime() ?? 0)) - clock.now();
    chronicle.note(`nobody is there for ${over} ms`);
    await clock.advance(Math.max(0, over));
    this.#isLate = true;
    this.crew.beginAnew();
    await this.#rest(nemesis);
    await clock.advance(REMOVED_MS);
    const before = clock.now() - RETENTION_MS - REMOVED_MS;
    const heads = [...line.store.shelves.values()].map(({ head }) => head);
    for (const head of heads) {
      if (head?.endedAt && head.endedAt.getTime() < before) chronicle.violated(`${head.businessKey} was not removed`);
    }
    const kept = [...producer.accepted].filter((id) => line.store.shelves.has(id));
    return judge(this, kept);
  }

  /** The production code passes a point: its process may die here, or stand here for a while. */
  #reached(point: PausePoint, { workflowId, step, attempt, worker }: PointContext): Promise<void> | undefined {
    this.chronicle.note(`${worker} at ${point} ${workflowId.slice(0, 6)}/${step}/${attempt}`);
    if (!this.#isTrouble) return undefined;
    const random = this.#pointRandom;
    // Few pass the points of a cancellation or a wait, and the windows there are narrow: so more of them die or stand there.
    const often = SELDOM_PASSED.test(point) ? 10 : 1;
    if (this.has('kill-at-point') && random.chance(0.01 * Math.min(often, 5))) this.crew.find(worker)?.die();
    else if (this.has('latency') && random.chance(0.02 * often)) return this.clock.sleep(random.below(2_000));
    return undefined;
  }

  async #watchEvents(): Promise<void> {
    const queue = WATCH;
    await this.line.broker.declare({
      exchanges: [],
      queues: [{ name: queue }],
      bindings: [{ from: exchangeName.events(NAMESPACE), to: { queue }, pattern: '#' }],
    });
    await this.line.broker.consume(queue, {
      prefetch: 100,
      onDelivery: (delivery) => {
        this.events.add(delivery.body);
        delivery.ack();
      },
    });
  }

  /** Waits until nothing moves any more. */
  async #rest(nemesis: Nemesis): Promise<void> {
    const bound = BOUND_MS + FOUND_MS + (this.has('wall-clock') ? CLOCKS_DIFFER_MS : 0);
    const end = this.clock.monotonic() + bound;
    while (!(nemesis.isIdle && this.outside.isIdle && this.#isDrained && (await this.#isAtRest()))) {
      if (this.clock.monotonic() >= end) {
        this.chronicle.violated(`not at rest within ${bound} ms: ${this.line.describeDepths()}`);
        return;
      }
      await this.clock.advance(LOOK_MS);
    }
  }

  /** Tickets of long waits, also of those that something else has ended, lie on the delay ladder until their time has come. */
  get #isDrained(): boolean {
    if (this.line.isDrained) return true;
    if (this.plan.longestWaitMs === 0 || this.#isLate) return false;
    const busy = [...this.line.server.depths()].filter(([, { ready, unacknowledged }]) => ready + unacknowledged > 0);
    return busy.every(([queue]) => queue.startsWith(`${NAMESPACE}.delay.`) || SET_ASIDE.has(queue));
  }

  /** Every workflow has ended, is parked, or waits for long; its head says so, and nobody's request is open. */
  async #isAtRest(): Promise<boolean> {
    const { intents, waits } = this.line.store;
    if ([...intents.values()].some(({ state }) => state === 'open')) return false;
    const far = this.clock.now() + FAR_MS;
    const isLeft = ({ open, due, _id, workflowId }: WaitRecord): boolean =>
      open && (due?.getTime() ?? 0) < far && this.line.store.shelves.get(workflowId)?.snapshots.has(_id) === true;
    if ([...waits.values()].some(isLeft)) return false;
    for await (const history of this.line.journal.scanHistories()) {
      const standing = standingOf(history);
      if (history.head.status !== statusOf(standing)) return false;
      if (standing.kind === 'running' || standing.kind === 'compensating') return false;
      const wait = waits.get(snapshotId(history.head._id, standing.step));
      if (standing.kind === 'waiting' && (wait?.until?.getTime() ?? 0) < far) return false;
    }
    return true;
  }
}
