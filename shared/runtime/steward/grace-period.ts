import type { LivingWorker } from '../../journal/records.ts';
import type { Acting } from '../acting.ts';
import { Group } from '../grouping.ts';
import { MOST_KNOWN } from '../known-intents.ts';
import { untilKnown } from '../right-to-act.ts';

/** Pause between two looks at the heartbeats, milliseconds: each is renewed once a second. */
const LOOK_AGAIN_MS = 250;

/** Looks in one go: three seconds. Where it takes longer, a worker is slow or dying. */
const MOST_LOOKS = 12;

/**
 * A request's grace period, which is over when every worker knows of it (journal.md C3). One reading of the heartbeats is for all who
 * ask at the same time: hundreds of requests may be open, and each worker lists them all. It begins after they have asked: one that
 * began before a request was inserted would know of no worker that has not heard of it.
 */
export class GracePeriod {
  readonly #acting: Acting;
  readonly #livenessTimeoutMs: number;
  readonly #looks: Group<string, boolean>;
  #nextLook: Promise<void> | undefined;

  /** @param livenessTimeoutMs LIVENESS_TIMEOUT of the workers */
  constructor(acting: Acting, livenessTimeoutMs: number) {
    this.#acting = acting;
    this.#livenessTimeoutMs = livenessTimeoutMs;
    this.#looks = new Group({ maxBatch: MOST_KNOWN, send: (ids) => this.#look(ids) });
  }

  /** Whether every worker that may live knows of the request: then no step of its workflow begins any more. */
  isOver(intentId: string): Promise<boolean> {
    return untilKnown(() => this.#looks.add(intentId), this.#acting.right);
  }

  /** Waits for that, for a while. False: it is not over yet. */
  async passed(intentId: string): Promise<boolean> {
    for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
      await this.#pause();
      if (await this.isOver(intentId)) return true;
    }
    return false;
  }

  /** The same for all who wait, so that they look together. */
  #pause(): Promise<void> {
    this.#nextLook ??= this.#sleep();
    return this.#nextLook;
  }

  async #sleep(): Promise<void> {
    const { line, right } = this.#acting;
    await line.clock.sleep(LOOK_AGAIN_MS, right.ended);
    this.#nextLook = undefined;
  }

  async #look(intentIds: readonly string[]): Promise<readonly boolean[]> {
    const knownToAll = new Set(intentIds);
    for (const worker of await this.#acting.line.journal.readWorkers()) {
      const known = new Set(worker.intents);
      const unknown = [...knownToAll].filter((id) => !known.has(id));
      if (unknown.length === 0 || (await this.#isGone(worker))) continue;
      for (const id of unknown) knownToAll.delete(id);
    }
    return intentIds.map((id) => knownToAll.has(id));
  }

  /** One that died holding nothing is judged by nobody else. */
  async #isGone({ _id, ageMs }: LivingWorker): Promise<boolean> {
    return ageMs >= this.#livenessTimeoutMs && (await isDead(this.#acting, _id, this.#livenessTimeoutMs));
  }
}

/** Whether a worker holds nothing any more: its death is recorded, now if need be, or it has left. */
export async function isDead({ line, right }: Acting, worker: string, livenessTimeoutMs: number): Promise<boolean> {
  const holder = await untilKnown(() => line.journal.judgeHolder(worker, livenessTimeoutMs), right);
  return holder.kind !== 'alive';
}
