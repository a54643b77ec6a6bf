import type { EndStatus } from '../../core/workflow-definition.ts';
import type { Head, Parked, Redriven, Status, Waiting, WorkflowHistory } from '../records.ts';
import type { Inserted } from './steps.ts';

/** A change of a head. The adapter applies it only where it can be true (see `changeHeads`). */
export type HeadChange =
  | { readonly kind: 'ended'; readonly workflowId: string; readonly status: EndStatus; readonly at: Date }
  | { readonly kind: 'parked'; readonly workflowId: string; readonly parked: Parked }
  /** The parked step was taken up again. */
  | { readonly kind: 'resumed'; readonly workflowId: string; readonly step: number }
  | { readonly kind: 'waiting'; readonly workflowId: string; readonly waiting: Waiting }
  /** The wait of this step is over. */
  | { readonly kind: 'waited'; readonly workflowId: string; readonly step: number }
  | { readonly kind: 'cancelling'; readonly workflowId: string; readonly intent: string; readonly at: Date }
  /** This request is no longer considered: it was refused, or led to another state. */
  | { readonly kind: 'not-cancelling'; readonly workflowId: string; readonly intent: string }
  /** This step's decision began the way back. */
  | { readonly kind: 'compensating'; readonly workflowId: string; readonly step: number }
  /** Its deadline was acted on, and is not looked for again. */
  | { readonly kind: 'deadline-answered'; readonly workflowId: string };

export interface HeadFilter {
  readonly workflow?: string;
  readonly status?: Status;
  readonly businessKey?: string;
}

/** The workflows of one matter. */
export type HeadKey = Required<Pick<HeadFilter, 'businessKey'>> & Pick<HeadFilter, 'workflow'>;

/** Which heads a scan is about. */
export interface HeadScan {
  readonly statuses: readonly Status[];
  readonly startedBefore: Date;
  readonly endedBefore?: Date;
  /** Where the scan goes on: `next` of the page before. Default: with the oldest. */
  readonly from?: Date;
}

export interface HeadPage {
  readonly heads: readonly Head[];
  /** Where to go on; absent on the last page. */
  readonly next?: Date;
}

/** What a workflow is, and its status. */
export interface HeadJournal {
  insertHeads(heads: readonly Head[]): Promise<readonly Inserted[]>;
  /**
   * In their order; each is idempotent. What does not apply is passed over silently.
   *
   * `ended` stands for good, whatever the head said before: it follows from the one snapshot that ends the workflow, so whoever
   * repeats it says the same. Each other one sets or takes away one fact of a head that has not ended, and the status follows from
   * the facts: `compensating`, or `parked` at a later step of the way back; else `cancelling`, else `parked`, else `waiting`, else `running`.
   * `parked` and `waiting` put each other away; neither applies where the other, itself, or the begin of compensation is at a later
   * step; `waiting` never on the way back. `resumed`, `waited` and `not-cancelling` take away what is of that very step or request.
   * `cancelling` applies unless another request is considered or the workflow is on its way back; `compensating` puts away
   * what was before it.
   */
  changeHeads(changes: readonly HeadChange[]): Promise<void>;

  /**
   * Notes on the head of a workflow that has not ended that its message is about to be sent again. False: somebody else has noted that since
   * `asRead` stood there, or it has ended. Of several who have read the same, one is told true, and told so again when it repeats the call.
   */
  markRedriven(workflowId: string, asRead: Redriven | undefined, mark: Redriven): Promise<boolean>;

  readHead(workflowId: string): Promise<Head | null>;
  /** In the order given. */
  readHeads(workflowIds: readonly string[]): Promise<readonly (Head | null)[]>;
  readHistory(workflowId: string): Promise<WorkflowHistory | null>;
  /** Newest first. */
  findHeads(filter: HeadFilter, limit: number): Promise<readonly Head[]>;
  /** As `findHeads` for each business key, in the order given. */
  findHeadsOf(keys: readonly HeadKey[], limit: number): Promise<readonly (readonly Head[])[]>;
  /**
   * Every workflow there is, ordered by id, in bounded memory. For audits. A history is read after its head: of a workflow that has
   * ended nothing is missing. One that is under way may be seen between two of its writes.
   */
  scanHistories(): AsyncIterable<WorkflowHistory>;
  /**
   * A page of a walk over all heads, oldest first: looks at `limit` of them (and those that started in the same millisecond as the last)
   * and has those that the scan is about, which may be none. What is removed meanwhile disturbs nothing.
   */
  scanHeads(scan: HeadScan, limit: number): Promise<HeadPage>;
  /** Those whose deadline has passed, the longest overdue first; until they end or it is answered. */
  findPastDeadline(now: Date, limit: number): Promise<readonly Head[]>;
  /**
   * Removes ended workflows whole: attempts, snapshots, waits, intents, the notifications sent to them, and the head last, so that what was
   * interrupted is found and done again. One whose head does not say that it has ended is left alone.
   */
  removeWorkflows(workflowIds: readonly string[]): Promise<void>;
}
