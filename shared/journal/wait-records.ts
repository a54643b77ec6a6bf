import type { JsonObject } from '../core/json.ts';

/**
 * What a step waits for, as its action asked. Kept with the fate of the waiting attempt, too: whoever finds that fate can make
 * the wait that its holder did not get to make.
 */
export interface WaitTerms {
  /** The notification that completes the wait. */
  readonly notification?: string;
  /** Milliseconds until the first poll. Absent: it is not polled. */
  readonly pollAfterMs?: number;
  /** When the wait is over. */
  readonly until?: Date;
  /** The declared failure with which the step ends then. Absent: it completes with no changes. */
  readonly otherwise?: string;
  /** When its first ticket is due: the first poll, or `until`. Absent: only a notification ends it, and it has no ticket. */
  readonly due?: Date;
}

/** One wait of one step. Small, and without data: there may be a million of them. */
export interface WaitRecord extends WaitTerms {
  /** `<workflow id>/<step, five digits>`, as the snapshot that will end it. */
  readonly _id: string;
  readonly workflowId: string;
  readonly step: number;
  /** The attempt whose fate is `waiting`. */
  readonly attempt: number;
  readonly workflow: string;
  readonly version: number;
  readonly businessKey: string;
  readonly action: string;
  readonly state: string;
  /** The number of the ticket that counts, 1 for the first. A ticket with another number has nothing to say any more. */
  readonly ticket: number;
  /** When that ticket is due. */
  readonly due?: Date;
  /** Whether that ticket's message is known to be out. */
  readonly published: boolean;
  /** Polls that were answered with "not yet". */
  readonly polls: number;
  /** False once what decided its step was followed through, or it was given up. */
  readonly open: boolean;
  readonly at: Date;
}

/**
 * What became of a notification: `kept` until a wait begins that it completes · `used` a snapshot names it · `late` something else
 * had completed the wait · `refused` it does not fit. Set once, the first write wins.
 */
export type NotificationState = 'kept' | 'used' | 'late' | 'refused';

export interface NotificationRecord {
  /** Hash of `source` and `eventId`: the same notification again is the same document. */
  readonly _id: string;
  readonly name: string;
  /** Whom it is for: a workflow, */
  readonly workflowId?: string;
  /** or whichever has this business key (and is of this workflow, if it says one). */
  readonly businessKey?: string;
  readonly workflow?: string;
  /** The payload: the change set that completes the wait. */
  readonly data: JsonObject;
  readonly source: string;
  readonly eventId: string;
  readonly receivedAt: Date;
  readonly state: NotificationState;
  /** The step that it completed or came too late for, and of which workflow. Of a kept one: the only step that it may still complete. */
  readonly step?: number;
  readonly usedBy?: string;
  /** Why it was refused. Free text, cut. */
  readonly reason?: string;
}
