import type { Action, Polling } from '../core/action.ts';
import type { PausePoint } from '../runtime/pause-points.ts';
import { Worker } from '../runtime/worker.ts';
import type { ActionCalls } from './action-calls.ts';
import type { Faults } from './faults.ts';
import { HostedProcess, type HostedProcessOptions } from './hosted-process.ts';

const GRACE_MS = 10_000;

export interface TestWorkerOptions extends Omit<HostedProcessOptions, 'diesAt'> {
  readonly action: Action;
  readonly calls: ActionCalls;
  /** It has died, by a fault that was armed or because it lost its right to act; and whether another one comes by itself. */
  onDeath(worker: TestWorker, restart: boolean): void;
}

/** A worker process of one action, as production has them. */
export class TestWorker {
  readonly action: string;
  readonly process: HostedProcess;
  readonly #options: TestWorkerOptions;

  constructor(options: TestWorkerOptions) {
    this.#options = options;
    this.action = options.action.name;
    this.process = new HostedProcess({ ...options, diesAt: (point) => this.#diesAt(point) });
  }

  async start(): Promise<void> {
    const { action, id, premises } = this.#options;
    const worker = new Worker(this.process.line, {
      actions: [this.#observed(action)],
      identity: { _id: id, host: 'test', pid: 0 },
      livenessTimeoutMs: premises.livenessTimeoutMs,
      graceMs: GRACE_MS,
      onFenced: () => this.die(true),
    });
    await this.process.run(worker);
  }

  /** @param restart whether another one comes by itself */
  die(restart: boolean): void {
    const { premises, calls } = this.#options;
    if (this.process.isDead) return;
    if (this.process.isHolding) premises.time.troubled();
    this.process.die();
    calls.forget(this);
    this.#options.onDeath(this, restart);
  }

  #diesAt(point: PausePoint): boolean {
    const fault = this.#options.faults.take('die', this.action, ({ at }) => at === point);
    if (fault) this.die(fault.restart);
    return fault !== undefined;
  }

  /** The action, its calls counted and its armed failures thrown. */
  #observed(action: Action): Action {
    const { calls, faults } = this.#options;
    const { polling } = action;
    return {
      ...action,
      run: (call) =>
        calls.track(this, async () => {
          failIfArmed(faults, action.name);
          return action.run(call);
        }),
      ...(polling && { polling: this.#observedPolling(polling) }),
      ...(action.compensate && { compensate: (call) => calls.track(this, async () => action.compensate?.(call)) }),
    };
  }

  #observedPolling(polling: Polling): Polling {
    return { ...polling, poll: (asked) => this.#options.calls.track(this, async () => polling.poll(asked)) };
  }
}

function failIfArmed(faults: Faults, action: string): void {
  const fault = faults.take('fail', action);
  if (fault) throw fault.problem;
}
