import { ladderTopology } from '../../shared/contract/delay-ladder.ts';
import { lineTopology, stationTopology } from '../../shared/contract/topology.ts';
import { retryParked } from '../../shared/runtime/operator/retry.ts';
import type { SeededRandom } from '../../shared/testing/seeded-random.ts';
import { NAMESPACE, type TestProcess } from '../support/test-process.ts';
import { ACTIONS } from './contracts.ts';
import { KINDS, type Kind } from './crew.ts';
import { WATCH } from './event-order.ts';
import type { Fault } from './plan.ts';
import type { Simulation } from './simulation.ts';

/** Makes things go wrong, one after the other, as the seed says, until it is told to heal. */
export class Nemesis {
  readonly #simulation: Simulation;
  readonly #random: SeededRandom;
  readonly #strikes: (() => void)[];
  readonly #commands = new Set<TestProcess>();
  /** Workflows whose operator may have died over the command. */
  readonly #unanswered = new Map<string, string>();

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    this.#random = simulation.random.fork('nemesis');
    const strikes: Partial<Record<Fault, () => void>> = {
      kill: () => this.#kill(),
      pause: () => this.#pause(),
      cut: () => this.#cut(),
      drop: () => this.#drop(),
      wipe: () => this.#wipe(),
      'broker-outage': () => this.#brokerOutage(),
      'journal-outage': () => this.#journalOutage(),
      stop: () => this.#stop(),
      'wall-clock': () => this.#setWallClock(),
      duplicates: () => this.#duplicate(),
      operator: () => this.#retry(),
    };
    this.#strikes = Object.entries(strikes).flatMap(
      ([fault, strike]) => (simulation.has(fault as Fault) ? [strike] : []), // a key of strikes
    );
  }

  /** Whether no operator is at work. */
  get isIdle(): boolean {
    return [...this.#commands].every(({ isDead }) => isDead);
  }

  async run(): Promise<void> {
    const { clock, plan } = this.#simulation;
    if (this.#strikes.length === 0) return;
    for (;;) {
      await clock.sleep(1 + this.#random.below(2 * plan.nemesisMs));
      if (!this.#simulation.isTrouble) return;
      this.#strikes[this.#random.below(this.#strikes.length)]?.();
    }
  }

  /** Everything works again from now on. */
  heal(): void {
    const { ports, line, crew } = this.#simulation;
    ports.heal();
    line.server.start();
    crew.heal();
    // Nobody but the operator looks after a command that died half-way, and repeating it is allowed at any time.
    for (const [workflowId, businessKey] of this.#unanswered) this.#command(workflowId, businessKey);
    this.#note('all is well again');
  }

  #pick(kinds: readonly Kind[]): TestProcess | undefined {
    const processes = kinds.flatMap((kind) => this.#simulation.crew.living(kind));
    return processes[this.#random.below(processes.length)];
  }

  #note(text: string): void {
    this.#simulation.chronicle.note(`nemesis: ${text}`);
  }

  #kill(): void {
    const process = this.#pick(KINDS);
    if (!process) return;
    this.#note(`kills ${process.id}`);
    process.die();
  }

  #pause(): void {
    const process = this.#pick(['worker', ...KINDS]);
    if (!process || process.mortality.isPaused) return;
    const ms = this.#random.chance(0.6) ? 4_000 + this.#random.below(8_000) : this.#random.below(1_000);
    const order = (['as-it-happened', 'timers-first', 'timers-last'] as const)[this.#random.below(3)];
    this.#note(`pauses ${process.id} for ${ms} ms, then ${order}`);
    process.pause();
    // The broker notices that nobody answers, and delivers to others what the process held.
    if (this.#random.chance(0.6)) process.connection.drop(ms);
    this.#simulation.clock.after(ms, () => {
      this.#note(`resumes ${process.id}`);
      process.resume(order);
    });
  }

  #cut(): void {
    const process = this.#pick(['worker', 'steward']);
    if (!process) return;
    const ms = this.#random.below(9_000);
    const isCutOff = this.#random.chance(0.6);
    this.#note(`cuts ${process.id} off the journal${isCutOff ? ' and the broker' : ''} for ${ms} ms`);
    this.#simulation.ports.cut.add(process);
    if (isCutOff) process.connection.drop(ms);
    this.#simulation.clock.after(ms, () => this.#simulation.ports.cut.delete(process));
  }

  #drop(): void {
    const process = this.#pick(KINDS);
    if (!process) return;
    const ms = this.#random.chance(0.5) ? 0 : this.#random.below(3_000);
    this.#note(`cuts ${process.id} off the broker for ${ms} ms`);
    process.connection.drop(ms);
  }

  #brokerOutage(): void {
    const { line, clock } = this.#simulation;
    if (!line.server.isRunning) return;
    const ms = this.#random.below(4_000);
    this.#note(`stops the broker for ${ms} ms`);
    line.server.stop();
    clock.after(ms, () => line.server.start());
  }

  /** What it had is gone; its exchanges and queues are there, as the next one to come declares them. */
  #wipe(): void {
    const { line, producer } = this.#simulation;
    const isWipedOut = this.#random.chance(0.3);
    if (!isWipedOut) return;
    this.#note('wipes the broker');
    const wasRunning = line.server.isRunning;
    line.server.stop();
    for (const name of line.server.depths().keys()) if (name !== WATCH) line.server.removeQueue(name);
    line.server.declare(lineTopology(NAMESPACE, ladderTopology(NAMESPACE)));
    for (const action of ACTIONS) line.server.declare(stationTopology(NAMESPACE, action));
    // Whoever started a workflow was told that it is safe; with every copy of the disk gone it is not.
    for (const id of producer.accepted) if (!line.store.shelves.get(id)?.head) producer.accepted.delete(id);
    if (wasRunning) line.server.start();
  }

  #journalOutage(): void {
    const { clock, ports } = this.#simulation;
    const { journalFaults } = ports;
    if (journalFaults.overload === 1) return;
    const before = journalFaults.overload;
    const ms = this.#random.below(7_000);
    this.#note(`takes the journal away for ${ms} ms`);
    journalFaults.overload = 1;
    clock.after(ms, () => {
      journalFaults.overload = this.#simulation.isTrouble ? before : 0;
    });
  }

  #stop(): void {
    const process = this.#pick(KINDS);
    if (!process) return;
    this.#note(`stops ${process.id}`);
    void process.stop().catch((error: Error) => this.#note(`${process.id} stopped badly: ${error.message}`));
  }

  #setWallClock(): void {
    const process = this.#pick(KINDS);
    if (!process) return;
    const most = this.#random.chance(0.3) ? 3_600_000 : 60_000;
    const ms = this.#random.below(2 * most) - most;
    this.#note(`sets the clock of ${process.id} by ${ms} ms`);
    process.jumpWall(ms);
  }

  #duplicate(): void {
    const { ports, line } = this.#simulation;
    const message = ports.sent[this.#random.below(ports.sent.length)];
    if (!message) return;
    this.#note(`sends ${message.messageId} again to ${message.exchange}`);
    // Whether it arrives makes no difference: it is one copy more or not.
    line.broker.publish(message).catch(() => this.#note('which did not arrive'));
  }

  #retry(): void {
    const { line } = this.#simulation;
    const parked = [...line.store.shelves.values()].filter(({ attempts }) =>
      [...attempts.values()].some(({ fate }) => fate === 'parked'),
    );
    const shelf = parked[this.#random.below(parked.length)];
    if (!shelf?.head) return;
    const { _id, businessKey } = shelf.head;
    for (let times = this.#random.chance(0.3) ? 2 : 1; times > 0; times -= 1) {
      const process = this.#command(_id, businessKey);
      if (!this.#random.chance(0.3)) continue;
      this.#unanswered.set(_id, businessKey);
      this.#simulation.clock.after(this.#random.below(40), () => process.die());
    }
  }

  #command(workflowId: string, businessKey: string): TestProcess {
    const { process, acting } = this.#simulation.line.addOperator();
    this.#note(`${process.id} retries ${businessKey}`);
    this.#commands.add(process);
    void retryParked(acting, workflowId)
      .then(
        ({ step, attempt }) => this.#note(`${process.id} retried ${businessKey} at ${step}/${attempt}`),
        (error: Error) => this.#note(`${process.id}: ${error.message}`),
      )
      .finally(() => this.#commands.delete(process));
    return process;
  }
}
