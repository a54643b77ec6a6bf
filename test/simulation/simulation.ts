import { createHash } from 'node:crypto';
import type { Broker, Delivery, OutgoingMessage } from '../../shared/broker/broker.ts';
import { EVENT_CONTENT_TYPE, workflowIdOf } from '../../shared/contract/start-event.ts';
import { exchangeName } from '../../shared/contract/topology.ts';
import { attemptId, snapshotId } from '../../shared/core/names.ts';
import type { Journal } from '../../shared/journal/journal.ts';
import type { WorkflowHistory } from '../../shared/journal/records.ts';
import type { AuditReport } from '../../shared/runtime/audit.ts';
import type { PausePoint, PausePoints, PointContext } from '../../shared/runtime/pause-points.ts';
import { FaultyBroker } from '../support/faulty-broker.ts';
import { FaultyJournal, type JournalFaults } from '../support/faulty-journal.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { TestLine } from '../support/test-line.ts';
import { NAMESPACE, type TestProcess } from '../support/test-process.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { Effects } from './effects.ts';
import { EventOrder } from './event-order.ts';
import { Nemesis } from './nemesis.ts';
import { Landings, observedJournal } from './observed-journal.ts';
import { type Fault, type Plan, planOf } from './plan.ts';
import { redrive } from './redrive.ts';
import { Latency, slowPort } from './slow-port.ts';
import { ACTIONS, actionsOf, type Stage, workflows } from './workload.ts';

/**
 * When the faults have stopped and one worker lives, every workflow is ended or parked within this time. A message that
 * finds its holder alive comes back after 30 s at most, a death is recorded within 5 s, and a step has up to four attempts of
 * 13 s (an action that ignores its signal) and as many backoffs of 4 s; a workflow has up to four steps.
 */
export const BOUND_MS = 30_000 + 4 * (5_000 + 4 * 17_000);

/** Pause between two looks at whether the line has come to rest. */
const LOOK_MS = 500;

const NO_FAULTS = { overload: 0, timeout: 0, executedThenTimeout: 0 };
const CALL_FAULTS = { overload: 0.1, timeout: 0.05, executedThenTimeout: 0.05 };

/** What came of one seed. */
export interface Outcome {
  readonly seed: number;
  readonly faults: readonly Fault[];
  /** Everything that must not be; none: the guarantees held. */
  readonly violations: readonly string[];
  /** Everything that happened, line by line, in order. */
  readonly history: readonly string[];
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

export class Simulation implements PausePoints {
  readonly plan: Plan;
  readonly random: SeededRandom;
  readonly clock = new VirtualClock();
  readonly line: TestLine;
  readonly journalFaults = { ...NO_FAULTS };
  readonly brokerFaults = { ...NO_FAULTS };
  /** Envelopes that were sent, and start events: what may come again. */
  readonly sent: OutgoingMessage[] = [];
  readonly accepted: string[] = [];
  /** Processes that do not reach the journal. */
  readonly cut = new Set<TestProcess>();
  #isTrouble = true;
  #isOver = false;
  readonly #history: string[] = [];
  readonly #violations: string[] = [];
  readonly #effects: Effects;
  readonly #events = new EventOrder();
  readonly #landings = new Landings();
  readonly #pointRandom: SeededRandom;
  readonly #latency: Latency;
  readonly #processes = new Map<string, TestProcess>();
  #launched = 0;

  constructor(plan: Plan) {
    this.plan = plan;
    this.random = new SeededRandom(plan.seed);
    this.#pointRandom = this.random.fork('points');
    this.#latency = new Latency(this.random.fork('latency'));
    this.line = new TestLine({
      clock: this.clock,
      random: this.random.fork('engine'),
      points: this,
      wrapJournal: (journal, process) => this.#wrapJournal(journal, process),
      wrapBroker: (broker, process) => this.#wrapBroker(broker, process),
    });
    this.#effects = new Effects(this);
  }

  #wrapJournal(journal: Journal, process: TestProcess): Journal {
    const { clock } = this;
    const lateMs = (): number => (this.#isTrouble ? this.#latency.lateMs() : 0);
    const watched = this.#landings.watch(journal);
    const late = this.has('late-writes') ? slowPort(watched, LATE_WRITES, clock, lateMs) : watched;
    const faulty = new FaultyJournal(late, this.#faultsOf(process), this.random.fork(`journal/${process.id}`));
    const slow = this.has('latency') ? slowPort(faulty, JOURNAL_CALLS, clock, () => this.#latency.callMs()) : faulty;
    return observedJournal(slow, process, this);
  }

  #wrapBroker(broker: Broker, process: TestProcess): Broker {
    const faulty = new FaultyBroker(broker, this.brokerFaults, this.random.fork(`broker/${process.id}`));
    const confirmMs = (): number => this.#latency.confirmMs();
    const slow = this.has('latency') ? slowPort(faulty, BROKER_CALLS, this.clock, confirmMs) : faulty;
    return remembering(slow, this.sent);
  }

  /** The journal's faults as one process meets them; they may change at any time. */
  #faultsOf(process: TestProcess): JournalFaults {
    const { journalFaults, cut } = this;
    return {
      get overload() {
        return cut.has(process) ? 1 : journalFaults.overload;
      },
      get timeout() {
        return journalFaults.timeout;
      },
      get executedThenTimeout() {
        return journalFaults.executedThenTimeout;
      },
    };
  }

  has(fault: Fault): boolean {
    return this.plan.faults.has(fault);
  }

  get isTrouble(): boolean {
    return this.#isTrouble;
  }

  async run(): Promise<Outcome> {
    const { plan, line, clock } = this;
    await line.prepare(workflows());
    await this.#watchEvents();
    if (this.has('calls')) Object.assign(this.journalFaults, CALL_FAULTS);
    if (this.has('calls')) Object.assign(this.brokerFaults, CALL_FAULTS);
    for (let index = 0; index < plan.workers; index += 1) void this.#keepRunning('worker', index);
    for (let index = 0; index < plan.intakes; index += 1) void this.#keepRunning('intake', index);
    const produced = this.#produce();
    const nemesis = new Nemesis(this);
    await clock.advance(0);
    void nemesis.run();
    await clock.advance(plan.troubleMs);
    this.#isTrouble = false;
    nemesis.heal();
    const healedAt = clock.monotonic();
    await line.until(produced);
    await this.#rest(nemesis, healedAt + BOUND_MS);
    if (this.has('late-writes') && (await redrive(line, workflows())) > 0) {
      await this.#rest(nemesis, clock.monotonic() + BOUND_MS);
    }
    const healedMs = clock.monotonic() - healedAt;
    await this.#stopAll();
    const report = await this.#audit();
    const digest = createHash('sha256').update(this.#history.join('\n')).digest('hex');
    return {
      seed: plan.seed,
      faults: [...plan.faults],
      violations: this.#violations,
      history: this.#history,
      digest,
      healedMs,
      totals: report.totals,
    };
  }

  /** The production code passes a point: it may die here, or stand here for a while. */
  reached(point: PausePoint, { workflowId, step, attempt, worker }: PointContext): Promise<void> | undefined {
    this.note(`${worker} at ${point} ${workflowId.slice(0, 6)}/${step}/${attempt}`);
    if (!this.#isTrouble) return undefined;
    const random = this.#pointRandom;
    if (this.has('kill-at-point') && random.chance(0.01)) this.#processes.get(worker)?.die();
    else if (this.has('latency') && random.chance(0.02)) return this.clock.sleep(random.below(2_000));
    return undefined;
  }

  note(text: string): void {
    this.#history.push(`${this.clock.monotonic()} ${text}`);
  }

  violated(what: string): void {
    this.note(`VIOLATION ${what}`);
    this.#violations.push(what);
  }

  isRecordedDead(process: TestProcess): boolean {
    return this.line.store.heartbeats.get(process.id)?.state === 'dead';
  }

  /** Processes that run now. */
  living(kind: 'worker' | 'intake'): TestProcess[] {
    return [...this.#processes.values()].filter(({ id, isDead }) => !isDead && id.startsWith(kind));
  }

  /** As a container platform does: whatever ends is started again. After the trouble only the first of each kind. */
  async #keepRunning(kind: 'worker' | 'intake', index: number): Promise<void> {
    const random = this.random.fork(`${kind}/${index}`);
    const isWanted = (): boolean => this.#isTrouble || (index === 0 && !this.#isOver);
    while (isWanted()) {
      const id = `${kind}-${index}.${(this.#launched += 1)}`;
      const { process, started } = kind === 'worker' ? this.#launchWorker(id, index) : this.line.launchIntake(id);
      this.#processes.set(id, process);
      this.note(`${id} starts`);
      started.catch((error: Error) => this.note(`${id} could not start: ${error.message}`));
      await process.ended;
      this.note(`${id} has ended`);
      this.#processes.delete(id);
      await this.clock.sleep(100 + random.below(2_000));
    }
  }

  #launchWorker(id: string, index: number) {
    const random = this.random.fork(`actions/${id}`);
    const some = ACTIONS.filter(() => random.chance(0.6));
    const names = index === 0 || some.length === 0 ? ACTIONS : some;
    return this.line.launchWorker((process) => actionsOf(this.#stage, process, names), id);
  }

  get #stage(): Stage {
    return {
      random: this.random.fork('behaviour'),
      effects: this.#effects,
      poison: this.has('poison') ? keyOf(0) : undefined,
      isAlone: (workflowId, step, attempt) =>
        this.line.store.shelves.get(workflowId)?.attempts.get(attemptId(workflowId, step, attempt))?.alone === true,
      isDecided: (workflowId, step, attempt) =>
        this.#landings.isBefore(snapshotId(workflowId, step), attemptId(workflowId, step, attempt)),
      violated: (what) => this.violated(what),
      note: (text) => this.note(text),
    };
  }

  /** Start events, each published until it is confirmed. */
  async #produce(): Promise<void> {
    const random = this.random.fork('producer');
    for (let index = 0; index < this.plan.workflows; index += 1) {
      await this.clock.sleep(random.below(Math.floor(this.plan.troubleMs / this.plan.workflows)));
      const businessKey = keyOf(index);
      const workflow = random.chance(0.5) ? 'order' : 'gift';
      const event = startEvent(workflow, businessKey, random.below(200));
      this.sent.push(event);
      while (!(await this.#publish(event))) await this.clock.sleep(200);
      this.accepted.push(workflowIdOf(SOURCE, businessKey));
      this.note(`producer: ${businessKey} accepted`);
    }
  }

  async #publish(message: OutgoingMessage): Promise<boolean> {
    try {
      await this.line.broker.publish(message);
      return true;
    } catch {
      return false; // the broker is away; the producer tries again
    }
  }

  async #watchEvents(): Promise<void> {
    const queue = `${NAMESPACE}.watch`;
    await this.line.broker.declare({
      exchanges: [],
      queues: [{ name: queue }],
      bindings: [{ from: exchangeName.events(NAMESPACE), to: { queue }, pattern: '#' }],
    });
    const onDelivery = (delivery: Delivery): void => {
      this.#events.add(delivery.body);
      delivery.ack();
    };
    await this.line.broker.consume(queue, { prefetch: 100, onDelivery });
  }

  /** Waits until nothing moves any more. */
  async #rest(nemesis: Nemesis, end: number): Promise<void> {
    while (!this.line.isDrained || !nemesis.isIdle) {
      if (this.clock.monotonic() >= end) {
        this.violated(`not at rest ${BOUND_MS} ms after the faults stopped: ${this.line.describeDepths()}`);
        return;
      }
      await this.clock.advance(LOOK_MS);
    }
  }

  async #stopAll(): Promise<void> {
    this.#isOver = true;
    for (const process of [...this.living('worker'), ...this.living('intake')]) {
      // A stop that was begun in times of trouble may have been too short of time.
      const isCalm = !process.isStopping;
      try {
        await this.line.until(process.stop());
        if (isCalm && this.line.store.heartbeats.has(process.id))
          this.violated(`${process.id} has left its heartbeat behind`);
      } catch (error) {
        this.violated(`${process.id} could not stop: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }

  /** Nothing that the simulation sends deserves to be set aside. */
  async #expectEmpty(queue: string): Promise<void> {
    const onDelivery = ({ messageId, headers }: Delivery): void =>
      this.violated(`${messageId} lies in ${queue}: ${JSON.stringify(headers)}`);
    await this.line.broker.consume(queue, { prefetch: 1_000, onDelivery });
    await this.clock.advance(0);
  }

  /** What is parked is performed again only after an operator's attempt, unless the fate came too late to be seen. */
  #checkParked({ head, attempts }: WorkflowHistory): void {
    for (const [index, { fate, step, attempt }] of attempts.entries()) {
      const next = attempts[index + 1];
      if (fate !== 'parked' || next?.step !== step || next.kind === 'operator') continue;
      this.violated(`${head.businessKey}/${step}/${attempt + 1} was made although ${attempt} is parked`);
    }
  }

  async #audit(): Promise<AuditReport> {
    const tolerance = this.has('wall-clock') ? 24 * 3_600_000 : 0;
    const report = await this.line.audit(this.accepted, tolerance);
    for (const { invariant, workflowId, problem } of report.violations) {
      this.violated(`${invariant} ${workflowId.slice(0, 6)} ${problem}`);
    }
    for (const queue of ['dead', 'returned']) await this.#expectEmpty(`${NAMESPACE}.${queue}`);
    for await (const history of this.line.journal.scanHistories()) {
      for (const problem of this.#events.problemsOf(history)) this.violated(`I6 ${problem}`);
      if (!this.has('late-writes')) this.#checkParked(history);
      this.note(JSON.stringify(history));
    }
    return report;
  }
}

const SOURCE = '/simulation';
const keyOf = (index: number): string => `W-${index}`;

const JOURNAL_CALLS = new Set([
  'insertHeads',
  'insertAttempts',
  'insertSnapshots',
  'settleAttempt',
  'changeHeads',
  'readStep',
  'readSnapshot',
  'findMoved',
  'readHead',
  'judgeHolder',
  'renew',
]);
const LATE_WRITES = new Set(['insertAttempts', 'insertSnapshots', 'settleAttempt']);
const BROKER_CALLS = new Set(['publish']);

/** Keeps what is sent to stations, so that it can be sent again. */
function remembering<B extends { publish(message: OutgoingMessage): Promise<void> }>(
  broker: B,
  sent: OutgoingMessage[],
): B {
  const events = exchangeName.events(NAMESPACE);
  return new Proxy(broker, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (name !== 'publish') return member.bind(target) as unknown;
      return (message: OutgoingMessage) => {
        if (message.exchange !== events && sent.length < 500) sent.push(message);
        return target.publish(message);
      };
    },
  });
}

function startEvent(workflow: string, businessKey: string, amount: number): OutgoingMessage {
  const event = {
    specversion: '1.0',
    id: businessKey,
    source: SOURCE,
    type: 'conveyor.start',
    subject: businessKey,
    data: { amount },
  };
  return {
    exchange: exchangeName.start(NAMESPACE),
    routingKey: workflow,
    body: Buffer.from(JSON.stringify(event)),
    contentType: EVENT_CONTENT_TYPE,
    messageId: businessKey,
    mandatory: true,
  };
}
