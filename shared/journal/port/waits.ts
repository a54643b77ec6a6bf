import type { WaitRecord } from '../wait-records.ts';

/** The open waits of one workflow; or those under a business key, of any workflow and for any notification unless they are named. */
export type WaitFilter =
  | { readonly workflowId: string }
  | { readonly businessKey: string; readonly workflow?: string; readonly notification?: string };

/** Where a walk over the overdue waits goes on: behind this one. */
export type WaitPlace = Required<Pick<WaitRecord, '_id' | 'due'>>;

/** A wait of one attempt; a step that was parked and retried may wait again. */
export type WaitKey = Pick<WaitRecord, '_id' | 'attempt'>;

/**
 * The waits. Nothing here is exclusive, since the snapshot's key decides a step: the tickets only keep the number of messages
 * from growing.
 */
export interface WaitJournal {
  /**
   * Inserts each wait unless its step has one; a wait of an earlier attempt of the step is over, and is replaced. Resolves to those that
   * stand, in the order given, with all that became of them: repeated after an unknown outcome, it tells what is still missing.
   */
  insertWaits(waits: readonly WaitRecord[]): Promise<readonly WaitRecord[]>;
  /** In the order given. */
  readWaits(ids: readonly string[]): Promise<readonly (WaitRecord | null)[]>;
  /**
   * After a poll without an answer: ticket n → n + 1, unpublished, with its due time. Applied where the wait is open and its ticket is n.
   * Resolves to those that stand, in the order given. Ticket n + 1, not published: publish it for the `due` that stands and mark it,
   * whoever advanced it, oneself before an unknown outcome included. Anything else: the ticket has nothing to say any more.
   */
  advanceWaits(
    polled: readonly (WaitKey & { readonly ticket: number; readonly due: Date })[],
  ): Promise<readonly (WaitRecord | null)[]>;
  /** Their messages are out. Idempotent; passes over tickets that do not count any more. */
  markTickets(tickets: readonly (WaitKey & { readonly ticket: number })[]): Promise<void>;
  /** Only after what decided their steps was followed through. Idempotent; passes over a later attempt's wait. */
  closeWaits(waits: readonly WaitKey[]): Promise<void>;
  /**
   * Open waits whose ticket was due before, by due time, then id; from behind `after` on. One stays overdue until its ticket is taken, so
   * only a walk in pages gets past those that are still.
   */
  findOverdueWaits(before: Date, limit: number, after?: WaitPlace): Promise<readonly WaitRecord[]>;
  /**
   * Up to `limit` for each filter, in the order of the filters. Sees every wait whose insert was acknowledged before the caller's own last
   * write: insert the notification first.
   */
  findOpenWaits(filters: readonly WaitFilter[], limit: number): Promise<readonly (readonly WaitRecord[])[]>;
  countOpenWaits(): Promise<number>;
}
