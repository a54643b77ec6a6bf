import type { TestProcess } from '../support/test-process.ts';
import { ACTIONS } from './contracts.ts';
import type { Simulation } from './simulation.ts';
import { actionsOf } from './workload.ts';

/** Of processes; what each one's id begins with. */
export const KINDS = ['worker', 'intake', 'steward'] as const;
export type Kind = (typeof KINDS)[number];

/** The processes of the line, kept running as a container platform does: whatever ends is started again. */
export class Crew {
  readonly #simulation: Simulation;
  readonly #processes = new Map<string, TestProcess>();
  #launched = 0;
  #wanted: 'all' | 'one of each' | 'none' = 'all';

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  begin(): void {
    const { workers, intakes, stewards } = this.#simulation.plan;
    for (let index = 0; index < workers; index += 1) void this.#keepRunning('worker', index);
    for (let index = 0; index < intakes; index += 1) void this.#keepRunning('intake', index);
    for (let index = 0; index < stewards; index += 1) void this.#keepRunning('steward', index);
  }

  /** One of each kind, kept running, after everything had ended. */
  beginAnew(): void {
    this.#wanted = 'one of each';
    for (const kind of KINDS) void this.#keepRunning(kind, 0);
  }

  /** The trouble is over: from now on one worker, which hosts everything, one intake and one steward are kept running. */
  heal(): void {
    this.#wanted = 'one of each';
    const random = this.#simulation.random.fork('healing');
    for (const process of this.#everybody()) process.resume();
    const [, ...others] = this.living('worker');
    const [, ...stewards] = this.living('steward');
    for (const process of [...others, ...stewards]) {
      if (random.chance(0.5)) process.die();
      else void process.stop().catch(() => {}); // it ends either way
    }
  }

  /** Stops what runs, each cleanly. */
  async end(): Promise<void> {
    this.#wanted = 'none';
    for (const process of this.#everybody()) await this.#stop(process);
  }

  find(id: string): TestProcess | undefined {
    return this.#processes.get(id);
  }

  /** Those that run now. */
  living(kind: Kind): TestProcess[] {
    return [...this.#processes.values()].filter(({ id, isDead }) => !isDead && id.startsWith(kind));
  }

  #everybody(): TestProcess[] {
    return KINDS.flatMap((kind) => this.living(kind));
  }

  async #stop(process: TestProcess): Promise<void> {
    const { line, chronicle } = this.#simulation;
    // A stop that was begun in times of trouble may have run out of time.
    const isCalm = !process.isStopping;
    try {
      await line.until(process.stop());
      if (isCalm && !process.isFenced && line.store.heartbeats.has(process.id))
        chronicle.violated(`${process.id} left its heartbeat behind`);
    } catch (error) {
      chronicle.violated(`${process.id} could not stop: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async #keepRunning(kind: Kind, index: number): Promise<void> {
    const { random, clock, chronicle } = this.#simulation;
    const pauses = random.fork(`${kind}/${index}`);
    while (this.#isWanted(index)) {
      const id = `${kind}-${index}.${(this.#launched += 1)}`;
      const { process, started } = this.#launch(kind, index, id);
      this.#processes.set(id, process);
      chronicle.note(`${id} starts`);
      started.catch((error: Error) => chronicle.note(`${id} could not start: ${error.message}`));
      await process.ended;
      chronicle.note(`${id} has ended`);
      this.#processes.delete(id);
      await clock.sleep(100 + pauses.below(2_000));
    }
  }

  #isWanted(index: number): boolean {
    return this.#wanted === 'all' || (this.#wanted === 'one of each' && index === 0);
  }

  #launch(kind: Kind, index: number, id: string) {
    const { line, stage, random } = this.#simulation;
    if (kind === 'intake') return line.launchIntake(id);
    if (kind === 'steward') return line.launchSteward(id);
    const choice = random.fork(`actions/${id}`);
    const some = ACTIONS.filter(() => choice.chance(0.6));
    const names = index === 0 || some.length === 0 ? ACTIONS : some;
    return line.launchWorker((process) => actionsOf(stage, process, names), id);
  }
}
