import type { LifecycleEvent, LifecycleEventName } from '../../shared/contract/lifecycle-event.ts';

/** What became of the orders so far, as the lifecycle events tell it. */
export class Ends {
  readonly #states = new Map<string, string>();
  readonly #parked = new Set<string>();
  readonly #wanted: number;
  readonly #onAll: () => void;

  /** @param onAll called when `wanted` workflows have ended or are parked */
  constructor(wanted: number, onAll: () => void) {
    this.#wanted = wanted;
    this.#onAll = onAll;
  }

  /** Events come at least once; an operator may take a parked workflow up again. */
  take(name: LifecycleEventName, { workflowid, data }: LifecycleEvent): void {
    if (name === 'parked') this.#parked.add(workflowid);
    else this.#parked.delete(workflowid);
    if (name === 'succeeded' || name === 'failed') this.#states.set(workflowid, data.state);
    if (this.settled >= this.#wanted) this.#onAll();
  }

  get ended(): number {
    return this.#states.size;
  }

  get parked(): number {
    return this.#parked.size;
  }

  /** Ended or parked: what the line will not move by itself any more. */
  get settled(): number {
    return this.ended + this.parked;
  }

  /** How many ended in each state. */
  byState(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const state of this.#states.values()) counts.set(state, (counts.get(state) ?? 0) + 1);
    return counts;
  }
}
