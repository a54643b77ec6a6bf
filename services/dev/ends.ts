import type { LifecycleEvent, LifecycleEventName } from '../../shared/contract/lifecycle-event.ts';

export interface EndsOptions {
  /** How many workflows there are. */
  readonly wanted: number;
  /** Whether a workflow that is parked with this code will be taken up again. */
  isTakenUp(code: string | undefined): boolean;
  /** Called when all of them have ended or are parked for good. */
  onAll(): void;
}

/** What became of the orders so far, as the lifecycle events tell it. */
export class Ends {
  readonly #ends = new Map<string, string>();
  readonly #parked = new Set<string>();
  /** Of those that are parked, the ones that an operator takes up again. */
  readonly #resuming = new Set<string>();
  readonly #options: EndsOptions;

  constructor(options: EndsOptions) {
    this.#options = options;
  }

  /** Events come at least once; a parked workflow may be taken up again. */
  take(name: LifecycleEventName, { workflowid, data }: LifecycleEvent): void {
    this.#parked.delete(workflowid);
    this.#resuming.delete(workflowid);
    if (name === 'parked') this.#parked.add(workflowid);
    if (name === 'parked' && this.#options.isTakenUp(data.code)) this.#resuming.add(workflowid);
    if (name === 'succeeded') this.#ends.set(workflowid, data.state);
    // The state in which an order was undone says nothing of how it ended.
    if (name === 'failed' || name === 'cancelled') this.#ends.set(workflowid, name);
    if (this.settled >= this.#options.wanted) this.#options.onAll();
  }

  get ended(): number {
    return this.#ends.size;
  }

  get parked(): number {
    return this.#parked.size;
  }

  /** Ended, or parked for good: what nobody will move any more. */
  get settled(): number {
    return this.ended + this.#parked.size - this.#resuming.size;
  }

  /** How many ended in each way: in the state of a success, failed, cancelled. */
  byEnd(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const end of this.#ends.values()) counts.set(end, (counts.get(end) ?? 0) + 1);
    return counts;
  }
}
