import type { CancelAnswer } from '../../core/cancellation.ts';
import type { IntentRecord } from '../intent-record.ts';

/** What changes of a request. */
export type IntentStand = Pick<IntentRecord, 'state' | 'at' | 'answer' | 'closedAt'>;

/** Which request, and the pin that the change rests on. */
export interface IntentAsRead {
  readonly id: string;
  readonly atAsRead: number;
}

/** Requests for cancellation. Every change is a compare-and-set of one document, so that each request gets one answer. */
export interface IntentJournal {
  /** Inserts each unless it is there. Resolves to those that stand, in the order given: this, or the same request with what became of it. */
  insertIntents(intents: readonly IntentRecord[]): Promise<readonly IntentRecord[]>;
  readIntent(id: string): Promise<IntentRecord | null>;
  /**
   * `{ open, at: atAsRead }` → `{ open, at }`. Resolves to what stands of each. Open at `at`: it is pinned there — by this call, by this
   * caller before an unknown outcome, or by another who had read the same; the caller may go on, since what it rests on (the grace period
   * is over, every attempt is settled) does not change while the intent is open. Anything else: begin again with what stands.
   */
  pinIntents(pins: readonly (IntentAsRead & { readonly at: number })[]): Promise<readonly (IntentStand | null)[]>;
  /**
   * `{ open, at: atAsRead }` → closed with the answer. Resolves to what stands of each. Closed: its answer is the request's one answer,
   * whoever gave it, also when it is not this one. Open: it was pinned elsewhere meanwhile; nothing was answered, begin again.
   */
  closeIntents(
    answers: readonly (IntentAsRead & { readonly answer: CancelAnswer; readonly closedAt: Date })[],
  ): Promise<readonly (IntentStand | null)[]>;
  /**
   * The open ones, the oldest first. Each is on a majority: one that is listed never goes away but by its answer. One may be missing that was
   * inserted just now; whoever inserted it waits until everybody lists it.
   */
  openIntents(limit: number): Promise<readonly IntentRecord[]>;
  /** The requests for these workflows, the newest first; `limit` of them in all. */
  findIntents(workflowIds: readonly string[], limit: number): Promise<readonly IntentRecord[]>;
}
