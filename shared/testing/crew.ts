import type { Action } from '../core/action.ts';
import type { Log } from '../runtime/log.ts';
import type { ActionCalls } from './action-calls.ts';
import type { Faults } from './faults.ts';
import type { Premises } from './premises.ts';
import { TestWorker } from './test-worker.ts';

export interface CrewOptions {
  readonly premises: Premises;
  readonly actions: readonly Action[];
  readonly faults: Faults;
  readonly calls: ActionCalls;
  readonly log: Log;
}

/** The workers of a test line: one for each action, and another one for each that dies, unless the test wants it otherwise. */
export class Crew {
  readonly #options: CrewOptions;
  readonly #workers: TestWorker[] = [];
  readonly #coming = new Set<Promise<void>>();
  #failure: unknown;
  #isLeaving = false;
  #hired = 0;

  constructor(options: CrewOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    await Promise.all(this.#options.actions.map(({ name }) => this.startWorker(name)));
  }

  /** Another worker of this action; there can be any number. */
  async startWorker(name: string): Promise<void> {
    const { premises, calls, faults, log } = this.#options;
    this.#hired += 1;
    const worker = new TestWorker({
      premises,
      calls,
      faults,
      log,
      action: this.action(name),
      id: `${name}-${this.#hired}-${premises.random.id()}`,
      onDeath: (dead, restart) => this.#replace(dead, restart),
    });
    this.#workers.push(worker);
    await worker.start();
  }

  /** @throws Error when none lives */
  kill(name: string, restart: boolean): void {
    this.action(name);
    const worker = this.#workers.find(({ action }) => action === name);
    if (!worker) throw new Error(`no worker of ${name} lives: it was killed, and none was started since`);
    worker.die(restart);
  }

  /** @throws Error naming the actions of the line */
  action(name: string): Action {
    const { actions } = this.#options;
    const found = actions.find((action) => action.name === name);
    if (found) return found;
    throw new Error(`the line has no action ${name}; it has ${actions.map((action) => action.name).join(', ')}`);
  }

  /** Resolves when those that come in place of dead ones are there. @throws what kept one from starting */
  async complete(): Promise<void> {
    while (this.#coming.size > 0) await Promise.all(this.#coming);
    if (this.#failure !== undefined) throw this.#failure;
  }

  async stop(): Promise<void> {
    this.#isLeaving = true;
    await this.complete();
    await Promise.all(this.#workers.map(({ process }) => process.stop()));
  }

  #replace(dead: TestWorker, restart: boolean): void {
    this.#workers.splice(this.#workers.indexOf(dead), 1);
    if (!restart || this.#isLeaving) return;
    const coming = this.startWorker(dead.action)
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => this.#coming.delete(coming));
    this.#coming.add(coming);
  }
}
