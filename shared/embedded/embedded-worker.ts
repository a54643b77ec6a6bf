import { hostname } from 'node:os';
import type { Action } from '../core/action.ts';
import type { Line } from '../runtime/line.ts';
import { BaseService } from '../runtime/service.ts';
import { Worker } from '../runtime/worker.ts';

export const LIVENESS_TIMEOUT_MS = 5_000;
const GRACE_MS = 10_000;

/**
 * A worker of one action inside an embedded line. When it has lost its right to act, because the process was paused for longer
 * than the liveness timeout, a new one takes its place, as a platform restarts a container that has ended.
 */
export class EmbeddedWorker extends BaseService {
  readonly #action: Action;
  readonly #makeLine: () => Line;
  #running: { readonly worker: Worker; readonly line: Line } | undefined;

  /** @param makeLine makes a line with connections of its own */
  constructor(action: Action, makeLine: () => Line) {
    super();
    this.#action = action;
    this.#makeLine = makeLine;
  }

  protected override async onStart(): Promise<void> {
    const line = this.#makeLine();
    const worker = new Worker(line, {
      actions: [this.#action],
      identity: { _id: `${this.#action.name}-${line.random.id()}`, host: hostname(), pid: process.pid },
      livenessTimeoutMs: LIVENESS_TIMEOUT_MS,
      graceMs: GRACE_MS,
      onFenced: () => void this.#replace(line),
    });
    this.#running = { worker, line };
    await worker.start();
  }

  protected override async onStop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (!running) return;
    await running.worker.stop();
    await running.line.broker.close();
    await running.line.journal.close();
  }

  /** Closing its connection brings back what the fenced worker had not acknowledged. */
  async #replace(line: Line): Promise<void> {
    try {
      await line.broker.close();
      await line.journal.close();
      if (this.#running?.line === line) await this.onStart();
    } catch (error) {
      line.log.error({ err: error, action: this.#action.name }, 'a fenced worker could not be replaced');
    }
  }
}
