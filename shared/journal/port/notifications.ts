import type { NotificationRecord, NotificationState, WaitRecord } from '../wait-records.ts';

export interface NotificationFilter {
  readonly workflowId?: string;
  readonly businessKey?: string;
  readonly name?: string;
  readonly state?: NotificationState;
}

/** What became of a notification. */
export type NotificationSettlement = Pick<NotificationRecord, 'step' | 'usedBy' | 'reason'> & {
  readonly state: Exclude<NotificationState, 'kept'>;
};

/**
 * What came from outside to complete waits. A wait and its notification are inserted by different parties; each inserts its own
 * first and looks for the other's then, so that at least one of them finds both.
 */
export interface NotificationJournal {
  /** Inserts each unless it is there. Resolves to those that stand, in the order given: a repetition learns what became of it. */
  insertNotifications(notifications: readonly NotificationRecord[]): Promise<readonly NotificationRecord[]>;
  /**
   * Kept notifications that fit the wait by name and by workflow id, or by business key (and workflow, if they say one): the oldest first.
   * Sees every one whose insert was acknowledged before the caller's own last write: insert the wait first. One that a snapshot
   * of the workflow names already is used, even while it still says `kept`.
   */
  findKeptFor(
    wait: Pick<WaitRecord, 'workflowId' | 'businessKey' | 'workflow' | 'notification'>,
    limit: number,
  ): Promise<readonly NotificationRecord[]>;
  /** For people: newest first. */
  findNotifications(filter: NotificationFilter, limit: number): Promise<readonly NotificationRecord[]>;
  /** Unless it is settled. Resolves to the notification as it stands, whoever settled it; null when there is none. */
  settleNotification(id: string, settlement: NotificationSettlement): Promise<NotificationRecord | null>;
  /** Removes up to `limit` that were received before, whatever their state, and says how many; fewer than `limit`: none is left. */
  removeNotifications(receivedBefore: Date, limit: number): Promise<number>;
}
