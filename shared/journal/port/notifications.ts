import type { NotificationRecord, NotificationState, WaitRecord } from '../wait-records.ts';
import type { StepKey } from './steps.ts';

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

/** What changes of a notification. */
export type NotificationStand = Pick<NotificationRecord, 'state' | 'step' | 'usedBy' | 'reason'>;

/** The one step that a notification may complete from now on. */
export interface NotificationPin extends StepKey {
  readonly id: string;
}

/**
 * What came from outside to complete waits. A wait and its notification are inserted by different parties; each inserts its own
 * first and looks for the other's then, so that at least one of them finds both.
 */
export interface NotificationJournal {
  /** Inserts each unless it is there. Resolves to those that stand, in the order given: a repetition learns what became of it. */
  insertNotifications(notifications: readonly NotificationRecord[]): Promise<readonly NotificationRecord[]>;
  /**
   * Kept notifications that fit the wait by name and by workflow id, or by business key (and workflow, if they say one): the oldest first.
   * Without those that are pinned to another step. Sees every one whose insert was acknowledged before the caller's own last write: insert
   * the wait first.
   */
  findKeptFor(
    wait: Pick<WaitRecord, 'workflowId' | 'step' | 'businessKey' | 'workflow' | 'notification'>,
    limit: number,
  ): Promise<readonly NotificationRecord[]>;
  /** For people: newest first. */
  findNotifications(filter: NotificationFilter, limit: number): Promise<readonly NotificationRecord[]>;
  /**
   * Unless it is settled, or pinned to another step. Resolves to what stands of each, in the order given; null when there is none. Kept, with
   * that step: it completes this one, or none. A snapshot may name it only after this, or two workflows of one business key could use it.
   */
  pinNotifications(pins: readonly NotificationPin[]): Promise<readonly (NotificationStand | null)[]>;
  /**
   * Unless it is settled, or pinned to another step than the settlement says. Resolves to what stands of each, in the order given, whoever
   * settled it; null when there is none.
   */
  settleNotifications(
    settlements: readonly (NotificationSettlement & { readonly id: string })[],
  ): Promise<readonly (NotificationStand | null)[]>;
  /** Removes up to `limit` that were received before, whatever their state, and says how many; fewer than `limit`: none is left. */
  removeNotifications(receivedBefore: Date, limit: number): Promise<number>;
}
