import type { CancelAnswer } from '../../core/cancellation.ts';
import type { IntentRecord } from '../intent-record.ts';

/** Requests for cancellation. Every change is a compare-and-set of one document, so that each request gets one answer. */
export interface IntentJournal {
  /** Inserts it unless it is there. Resolves to the one that stands: this, or the same request with what became of it. */
  insertIntent(intent: IntentRecord): Promise<IntentRecord>;
  readIntent(id: string): Promise<IntentRecord | null>;
  /**
   * `{ open, at: atAsRead }` → `{ open, at }`. Resolves to the intent as it stands. Open at `at`: it is pinned there — by this call, by this
   * caller before an unknown outcome, or by another who had read the same; the caller may go on, since what it rests on (the grace period
   * is over, every attempt is settled) does not change while the intent is open. Anything else: begin again with what stands.
   */
  pinIntent(id: string, atAsRead: number, at: number): Promise<IntentRecord | null>;
  /**
   * `{ open, at: atAsRead }` → closed with the answer. Resolves to the intent as it stands. Closed: its answer is the request's one answer,
   * whoever gave it, also when it is not this one. Open: it was pinned elsewhere meanwhile; nothing was answered, begin again.
   */
  closeIntent(id: string, atAsRead: number, answer: CancelAnswer, closedAt: Date): Promise<IntentRecord | null>;
  /**
   * The open ones, the oldest first. Each is on a majority: one that is listed never goes away but by its answer. One may be missing that was
   * inserted just now; whoever inserted it waits until everybody lists it.
   */
  openIntents(limit: number): Promise<readonly IntentRecord[]>;
  /** The requests for these workflows, the newest first; `limit` of them in all. */
  findIntents(workflowIds: readonly string[], limit: number): Promise<readonly IntentRecord[]>;
}
