import type { Acting } from './acting.ts';

/**
 * Every place where a process can die between two lines, by what it is about; those under one heading in the order in which they are
 * passed. The names say what is true there. In production nothing happens at them; tests wait, fail or kill there, so that a race
 * is written down instead of hoped for.
 */
export const PAUSE_POINTS = [
  // A step

  /** The message is here; nothing is done about it. */
  'received',
  /** Before the attempt's insert is sent. */
  'claiming',
  /** The attempt is this process's. */
  'claimed',
  /** An attempt is given back unperformed, because a request for cancellation is open; its next one is not sent. */
  'withheld',
  /** The action is about to run. */
  'performing',
  /** The action has returned; nobody knows but this process. */
  'performed',
  /** The snapshot, or the fate, is durable; nothing followed. */
  'recorded',
  /** The lifecycle event is out. */
  'announced',
  /** What follows from the decision is out: the successor, the retry, or the head's status. */
  'followed',
  /** The message is acknowledged. */
  'acknowledged',

  // An attempt that another one took

  /** A message whose attempt another one took: before the holder is judged. */
  'inspecting',
  /** Between the holder's heartbeat and the reading of the step. */
  'holder-judged',

  // A start

  /** A start event is decoded and fits its definition. */
  'start-accepted',
  /** The workflow's head is durable; its first envelope is not out. */
  'head-inserted',
  /** That it has started is announced; its first envelope is not out. */
  'start-announced',

  // A step that is parked

  /** An attempt that was not performed is parked: its fate is durable; nothing followed. */
  'parking-recorded',
  /** That it is parked is announced; the head does not say so. */
  'parking-announced',

  // A wait, its tickets and its end

  /** A wait is durable; nobody has looked whether its notification is there already. */
  'wait-inserted',
  /** The head says that the workflow waits. */
  'wait-shown',
  /** A wait's ticket is out, and not marked so. */
  'ticket-sent',
  /** A poll's answer is here; nobody knows but this process. */
  'polled',
  /** A poll found nothing, and the next ticket counts; it is not out. */
  'ticket-advanced',
  /** Before the decision that completes a wait is sent. */
  'wait-completing',
  /** A wait is completed; nothing followed. */
  'wait-completed',
  /** What followed from it is out; the wait is still open. */
  'wait-followed',
  /** Its notification, if one completed it, says so; the wait is still open. */
  'notification-used',

  // A notification, at the steward

  /** A notification is durable; nobody has looked for its wait. */
  'notification-kept',

  // A request for cancellation, which stewards work on

  /** A request for cancellation is durable and open. */
  'intent-inserted',
  /** Every worker knows of the request. */
  'grace-over',
  /** Where its workflow stands is read. */
  'position-read',
  /** Nobody performs a step of the workflow; what there is to undo is known. */
  'course-read',
  /** The request is pinned to the step that it is to decide. */
  'intent-pinned',
  /** That step has an attempt, the cancellation's own if nobody else's. */
  'cancel-numbered',
  /** The step is decided by the request; nothing followed. */
  'cancel-decided',
  /** What follows from that is out. */
  'cancel-followed',
  /** The request has its answer. */
  'intent-closed',
  /** The head does not say any more that the workflow is to be cancelled. */
  'intent-put-away',

  // What a steward's rounds find

  /** A head says what the journal says; what should be moving is not sent. */
  'head-put-right',
  /** It is noted that what a workflow should have is sent again; it is not out. */
  'message-noted',
  /** It is sent again. */
  'message-redriven',
  /** Workflows that were kept for long enough are removed; notifications are not. */
  'workflows-removed',
] as const;
export type PausePoint = (typeof PAUSE_POINTS)[number];

/** Where a pause point was reached. */
export interface PointContext {
  readonly workflowId: string;
  readonly step: number;
  readonly attempt: number;
  readonly worker: string;
}

export interface PausePoints {
  /** Tests may delay this, or let it reject to make the process die here. */
  reached(point: PausePoint, context: PointContext): Promise<void> | undefined;
}

/** Passes a point of the step that an envelope, or a part of one, tells of. */
export const pauseAt = (
  { line, workerId }: Pick<Acting, 'line' | 'workerId'>,
  point: PausePoint,
  { workflowId, step, attempt }: Omit<PointContext, 'worker'>,
): Promise<void> | undefined => line.points.reached(point, { workflowId, step, attempt, worker: workerId });

/** Production: no pause anywhere. */
export const NO_PAUSES: PausePoints = { reached: () => undefined };
