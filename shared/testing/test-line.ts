import type { Broker, OutgoingMessage } from '../broker/broker.ts';
import { eventKeyOf } from '../contract/cloud-event.ts';
import { ladderTopology } from '../contract/delay-ladder.ts';
import { workflowIdOf } from '../contract/start-event.ts';
import { startMessage } from '../contract/start-message.ts';
import { cancellationMessage, notificationMessage } from '../contract/steward-event.ts';
import { lineTopology, stationTopology } from '../contract/topology.ts';
import type { Action } from '../core/action.ts';
import { type Duration, durationMs } from '../core/duration.ts';
import { Refused } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { WorkflowDefinition } from '../core/workflow-definition.ts';
import type { Acting } from '../runtime/acting.ts';
import { auditJournal } from '../runtime/audit.ts';
import { Intake } from '../runtime/intake.ts';
import { silentLog } from '../runtime/log.ts';
import { registerDefinition } from '../runtime/registration.ts';
import { Steward } from '../runtime/steward/steward.ts';
import { stewardWork } from '../runtime/steward/steward-work.ts';
import { ActionCalls } from './action-calls.ts';
import { Crew } from './crew.ts';
import { type Fault, Faults } from './faults.ts';
import { HostedProcess } from './hosted-process.ts';
import { InMemoryPremises } from './in-memory-premises.ts';
import type { Premises } from './premises.ts';
import { type SetAsideMessage, SetAsides } from './set-asides.ts';
import type { CancelRequest, KillOptions, StartOptions, TestLineOptions, To } from './test-line-options.ts';
import { TimeScale } from './time-scale.ts';
import { WorkflowHandle } from './workflow-handle.ts';

const SOURCE = '/conveyor/testing';
/** How long a start event waits for its definition; all of them are registered before the first. */
const DEFINITION_WAIT_MS = 1_000;

/**
 * A whole line for a test: intake, workers and steward as in production, a process for each action, over a broker and a database in memory and under a
 * clock that skips time; with CONVEYOR_TEST=real, over the servers that AMQP_URL and MONGODB_URL name, in a namespace of its own.
 */
export class TestLine {
  readonly #options: TestLineOptions;
  readonly #premises: Premises;
  /** What the test publishes goes out here, as from another program. */
  readonly #broker: Broker;
  readonly #scale: TimeScale;
  readonly #actions: readonly Action[];
  readonly #crew: Crew;
  readonly #intake: HostedProcess;
  readonly #steward: HostedProcess;
  readonly #faults: Faults;
  readonly #setAsides = new SetAsides();
  readonly #started = new Set<string>();
  #events = 0;

  constructor(options: TestLineOptions, premises: Premises, calls: ActionCalls) {
    this.#options = options;
    this.#premises = premises;
    const log = options.log ?? silentLog;
    const faults = new Faults(() => premises.time.struck());
    this.#faults = faults;
    this.#broker = premises.traffic.of(this, premises.connect('test').broker);
    this.#scale = new TimeScale(premises.scale, premises.clock);
    this.#actions = options.actions.map((action) => this.#scale.action(action));
    this.#crew = new Crew({ premises, faults, calls, log, actions: this.#actions });
    const beside = { premises, faults, log, diesAt: () => false };
    this.#intake = new HostedProcess({ ...beside, id: 'intake' });
    this.#steward = new HostedProcess({ ...beside, id: 'steward' });
  }

  /** For `testLine`: resolves when everything works. @throws Refused `definition-invalid` */
  async open(): Promise<void> {
    await this.#premises.time.until(this.#open());
  }

  /**
   * Publishes a start event, as another program would; resolves when the broker has it.
   * @throws Unavailable
   */
  async start(
    workflow: string | WorkflowDefinition,
    input: JsonObject,
    options: StartOptions = {},
  ): Promise<WorkflowHandle> {
    const name = typeof workflow === 'string' ? workflow : workflow.name;
    const eventId = options.id ?? this.#newId();
    const key = options.key ?? `key-${eventId}`;
    const version = options.version === undefined ? {} : { version: options.version };
    await this.#publish(
      startMessage(this.#premises.namespace, {
        workflow: name,
        businessKey: key,
        data: input,
        source: SOURCE,
        id: eventId,
        ...version,
      }),
    );
    const id = workflowIdOf(SOURCE, eventId);
    this.#started.add(id);
    const { time, journal } = this.#premises;
    return new WorkflowHandle({
      id,
      key,
      workflow: name,
      journal,
      time,
      setAsides: this.#setAsides,
      initialState: async (started) => {
        const record = await journal.findDefinition(name, started);
        if (!record) throw new Refused('workflow-unknown', { key: name });
        return record.definition.initial;
      },
    });
  }

  /**
   * Sends a notification.
   * @param id of the event: the same again has no effect. Default: a new one each time
   */
  async notify(name: string, to: To, data: JsonObject = {}, { id = this.#newId() } = {}): Promise<void> {
    const { namespace } = this.#premises;
    await this.#publish(notificationMessage(namespace, { name, data, source: SOURCE, id, ...targetOf(to) }));
  }

  /**
   * Asks to cancel a workflow.
   * @param id of the event: the same again is the same request. Default: a new one each time
   */
  async cancel(to: To, reason = 'the test wants it', { id = this.#newId() } = {}): Promise<CancelRequest> {
    const { namespace, journal, time } = this.#premises;
    await this.#publish(cancellationMessage(namespace, { reason, source: SOURCE, id, ...targetOf(to) }));
    return {
      answer: async () => {
        await time.settle();
        return (await journal.readIntent(eventKeyOf(SOURCE, id)))?.answer;
      },
    };
  }

  /**
   * Moves time on, e.g. by `30d`: everything that comes due happens in its order. Resolves when the line is quiet. In memory no real time
   * passes; on real servers it is waited for, by the time scale.
   * @throws Error on real servers when that would take longer than a minute
   */
  async advance(duration: Duration): Promise<void> {
    await this.#premises.time.advance(durationMs(duration, 'advance'));
    await this.#crew.complete();
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    await this.#premises.time.settle();
    await this.#crew.complete();
  }

  /** In memory virtual, otherwise the machine's. */
  get now(): Date {
    return new Date(this.#premises.clock.now());
  }

  /** The messages that were refused or could not be processed, with the reason: what lies in `conveyor.dead`. */
  async setAside(): Promise<readonly SetAsideMessage[]> {
    await this.settle();
    return this.#setAsides.messages;
  }

  /**
   * A worker's process is killed (SIGKILL, out of memory, a node that is gone): what it was performing is lost half-way, its messages are
   * delivered again, and its steps go on elsewhere when its heartbeat has run out: within 10 s.
   * The code of an action that it was performing cannot be stopped inside the test's process; what it returns is not heard.
   */
  killWorker(action: string, { at, restart = true }: KillOptions = {}): void {
    this.#crew.action(action);
    if (at) this.#faults.arm(action, { kind: 'die', at, restart });
    else this.#crew.kill(action, restart);
  }

  /** Another worker of this action joins (a deployment is scaled up, a node is back). */
  async startWorker(action: string): Promise<void> {
    await this.#premises.time.until(this.#crew.startWorker(action));
  }

  /** The next message to the action's station comes twice (its sender published it again, or the broker delivered it again). */
  deliverTwice(action: string): void {
    this.#arm(action, { kind: 'deliver-twice' });
  }

  /** The broker takes the next message to the action's station, and its sender never hears of it (the connection broke in between). */
  loseConfirm(action: string): void {
    this.#arm(action, { kind: 'lose-confirm' });
  }

  /** The broker confirms the next message to the action's station and then loses it (its data were deleted, the queue was purged): the steward
   * misses it when what was sent later has been taken, and sends it again. */
  loseMessage(action: string): void {
    this.#arm(action, { kind: 'lose-message' });
  }

  /** The next call of the action throws before it does anything (what it calls is down). */
  failOnce(action: string, problem: string | Error = 'the test lets it fail'): void {
    this.#arm(action, { kind: 'fail', problem: typeof problem === 'string' ? new Error(problem) : problem });
  }

  /**
   * Ends the line and takes everything away.
   * @throws Error listing what breaks the guarantees I1 to I4, or the faults that found no occasion: then the test did not test them
   */
  async close(): Promise<void> {
    try {
      await this.settle();
      if (this.#options.audit ?? true) await this.#audit();
    } finally {
      await this.#premises.time.until(this.#stop());
    }
  }

  async #open(): Promise<void> {
    const { namespace, clock, journal } = this.#premises;
    const { workflows } = this.#options;
    await this.#broker.declare(lineTopology(namespace, ladderTopology(namespace)));
    for (const { name } of this.#actions) await this.#broker.declare(stationTopology(namespace, name));
    const brought = this.#actions.map(({ contract }) => contract);
    for (const workflow of workflows) {
      await registerDefinition(journal, this.#scale.definition(workflow), { clock, brought });
    }
    await this.#setAsides.watch(this.#broker, namespace);
    await this.#crew.start();
    await this.#intake.run(new Intake(this.#intake.line, { definitionWaitMs: DEFINITION_WAIT_MS, worker: 'intake' }));
    const work = (acting: Acting) => stewardWork(acting, { livenessTimeoutMs: this.#premises.livenessTimeoutMs });
    await this.#steward.run(new Steward(this.#steward.line, { worker: 'steward', work }));
  }

  async #stop(): Promise<void> {
    await this.#steward.stop();
    await this.#intake.stop();
    await this.#crew.stop();
    await this.#broker.close();
    await this.#premises.close(this.#actions.map(({ name }) => name));
  }

  async #audit(): Promise<void> {
    const { journal, clock, isDrained } = this.#premises;
    const expected = [...this.#started].filter((id) => !this.#setAsides.of(id));
    const report = await auditJournal(journal, { clock, expected, drained: isDrained ?? false });
    const broken = report.violations.map(
      ({ invariant, businessKey, workflowId, problem }) => `${invariant} ${businessKey ?? workflowId}: ${problem}`,
    );
    if (broken.length > 0) throw new Error(`the guarantees do not hold:\n${broken.join('\n')}`);
    const left = this.#faults.left;
    if (left.length > 0) throw new Error(`these faults found no occasion: ${left.join(', ')}`);
  }

  async #publish(message: OutgoingMessage): Promise<void> {
    await this.#premises.time.until(this.#broker.publish(message));
  }

  #newId(): string {
    this.#events += 1;
    return String(this.#events);
  }

  #arm(action: string, fault: Fault): void {
    this.#crew.action(action);
    this.#faults.arm(action, fault);
  }
}

const targetOf = (to: To) =>
  to instanceof WorkflowHandle
    ? { workflowId: to.id, workflow: to.workflow }
    : { businessKey: to.key, workflow: to.workflow };

/**
 * A line for a test, started.
 * @throws Refused `definition-invalid`; with CONVEYOR_TEST=real also Fatal `config-invalid`, Unavailable
 */
export async function testLine(options: TestLineOptions): Promise<TestLine> {
  const { environment = process.env, timeScale = 1, seed = 'test line', patience = '1s' } = options;
  const calls = new ActionCalls(durationMs(patience, 'patience'));
  const premises =
    environment['CONVEYOR_TEST'] === 'real'
      ? // Only where they are wanted: the drivers of the servers take their time to load.
        await (await import('./real-premises.ts')).RealPremises.open(environment, timeScale)
      : new InMemoryPremises(seed, calls);
  const line = new TestLine(options, premises, calls);
  await line.open();
  return line;
}
