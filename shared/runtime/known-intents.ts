import type { IntentRecord } from '../journal/intent-record.ts';

/** New requests wait at the steward while this many are open: an open one lives for a second or two. */
export const MOST_OPEN_REQUESTS = 1_000;

/** A worker reads more than that: stewards that insert at the same moment go beyond it together. */
export const MOST_KNOWN = 2 * MOST_OPEN_REQUESTS;

/** What a claim asks about. */
type Known = Pick<IntentRecord, '_id' | 'workflowId'>;

/**
 * A worker's copy of the open requests for cancellation, renewed with every heartbeat, so that a claim costs no read.
 *
 * K1  What a heartbeat of this process lists is known here for as long as it is open. Refreshes overlap, since one that hangs holds up
 *     none: so a request is forgotten only over an answer that was asked for after it had become known, and that has all there is.
 */
export class KnownIntents {
  readonly #byId = new Map<string, Known & { readonly since: number }>();
  /** How many open requests there are for each workflow that has any. */
  readonly #byWorkflow = new Map<string, number>();
  #asked = 0;

  /** Whether there is a request to cancel this workflow that is not answered yet. */
  isOpenFor(workflowId: string): boolean {
    return this.#byWorkflow.has(workflowId);
  }

  /** What may be listed at this moment. */
  get ids(): readonly string[] {
    return [...this.#byId.keys()];
  }

  /** The number of a question that is asked now. */
  ask(): number {
    this.#asked += 1;
    return this.#asked;
  }

  /** The answer to a question: the open requests, the oldest first, `MOST_KNOWN` at most. */
  learn(asked: number, open: readonly Known[]): void {
    for (const { _id, workflowId } of open) {
      if (this.#byId.has(_id)) continue;
      this.#byId.set(_id, { _id, workflowId, since: this.#asked });
      this.#byWorkflow.set(workflowId, (this.#byWorkflow.get(workflowId) ?? 0) + 1);
    }
    if (open.length >= MOST_KNOWN) return;
    const still = new Set(open.map(({ _id }) => _id));
    for (const known of this.#byId.values()) if (known.since < asked && !still.has(known._id)) this.#forget(known);
  }

  #forget({ _id, workflowId }: Known): void {
    this.#byId.delete(_id);
    const left = (this.#byWorkflow.get(workflowId) ?? 1) - 1;
    if (left > 0) this.#byWorkflow.set(workflowId, left);
    else this.#byWorkflow.delete(workflowId);
  }
}
