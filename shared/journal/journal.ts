import type { ActionContract } from '../core/action.ts';
import type {
  Attempt,
  DefinitionRecord,
  Fate,
  Head,
  Holder,
  Settlement,
  Snapshot,
  StationRecord,
  Status,
  WorkerRecord,
  WorkflowHistory,
} from './records.ts';

/** `duplicate`: the key is taken by a document that is not this writer's own. */
export type Inserted = 'inserted' | 'duplicate';

/** A change of a head. The adapter applies it only where it can be true (see `changeHeads`). */
export type HeadChange =
  | { readonly kind: 'ended'; readonly workflowId: string; readonly status: 'succeeded' | 'failed'; readonly at: Date }
  | {
      readonly kind: 'parked';
      readonly workflowId: string;
      readonly parked: { step: number; code: string; reason: string; at: Date };
    }
  | { readonly kind: 'resumed'; readonly workflowId: string; readonly step: number };

/** One step as a majority of the replica set knows it. */
export interface StepView {
  /** All attempts of the step, by number. */
  readonly attempts: readonly Attempt[];
  readonly snapshot: Snapshot | null;
  /** Whether step + 1 has any attempt. */
  readonly moved: boolean;
}

export interface HeadFilter {
  readonly workflow?: string;
  readonly status?: Status;
  readonly businessKey?: string;
}

/**
 * The journal: the truth about every workflow. The rules are those of docs/journal.md; this is the port that both adapters
 * implement and `test/contract/journal.ts` checks.
 *
 * - Every method may be called concurrently. Every write is durable on a majority before it resolves.
 * - Every method ends in bounded time. It rejects with Unavailable `journal-unavailable` when nothing was written, or
 *   `journal-unknown` when the write may or may not have happened. After the latter, do the same again: an insert
 *   recognises its own earlier document (by `_id` and `token`, of a snapshot by `_id`, `attempt` and `worker`; the same
 *   head again is a duplicate), and the other writes are idempotent. Nothing is repeated in secret.
 * - A batch is not atomic: each item has its own result, in the order given. Items of one batch may share a key; then one of
 *   them is inserted.
 * - Reads see what a majority acknowledged, and everything the caller was told is written.
 * - Documents come back as they were given, whatever JSON they hold. They belong to the caller: changing them changes nothing
 *   in the journal.
 * - `close` waits for what is under way. After it every method rejects with Fatal `stopped`.
 */
export interface Journal {
  insertHeads(heads: readonly Head[]): Promise<readonly Inserted[]>;
  insertAttempts(attempts: readonly Attempt[]): Promise<readonly Inserted[]>;
  insertSnapshots(snapshots: readonly Snapshot[]): Promise<readonly Inserted[]>;
  /** Sets an attempt's fate unless it has one. Resolves to the fate that stands; null when there is no such attempt. */
  settleAttempt(attemptId: string, settlement: Settlement): Promise<Fate | null>;
  /**
   * In their order. `ended` stands for good, whatever the head said before: it follows from the one snapshot that ends the
   * workflow, so whoever repeats it says the same. `parked` applies unless the workflow ended or is parked at a later step;
   * `resumed` takes a `parked` head of that very step back to `running`. What does not apply is passed over silently.
   */
  changeHeads(changes: readonly HeadChange[]): Promise<void>;

  /** Reads the attempts first, then the snapshot. */
  readStep(workflowId: string, step: number): Promise<StepView>;
  /** Linearizable: sees every snapshot whose insert was acknowledged to anyone before the call. */
  readSnapshot(workflowId: string, step: number): Promise<Snapshot | null>;
  /**
   * Of the given steps, those that have any attempt; each as `<workflow id>/<step, five digits>`. A step's attempts are numbered
   * without a gap, so its first stands for all.
   */
  findMoved(steps: readonly { workflowId: string; step: number }[]): Promise<ReadonlySet<string>>;
  readHead(workflowId: string): Promise<Head | null>;
  readHistory(workflowId: string): Promise<WorkflowHistory | null>;
  /** Newest first. */
  findHeads(filter: HeadFilter, limit: number): Promise<readonly Head[]>;
  /**
   * Every workflow there is, ordered by id, in bounded memory. For audits. A history is read after its head: of a workflow that has
   * ended nothing is missing. One that is under way may be seen between two of its writes.
   */
  scanHistories(): AsyncIterable<WorkflowHistory>;

  /** A worker's first heartbeat. Must be acknowledged before it consumes. @throws Fatal `worker-dead` under a dead name */
  join(worker: WorkerRecord): Promise<void>;
  /** Renews the heartbeat by the database's clock. False: it is recorded dead or gone; it must give up at once. */
  renew(workerId: string): Promise<boolean>;
  /** Removes the heartbeat: the last act of a clean stop. A recorded death stays. */
  leave(workerId: string): Promise<void>;
  /** Whether a holder lives. One that has not renewed for `timeoutMs` by the database's clock is recorded dead first. */
  judgeHolder(workerId: string, timeoutMs: number): Promise<Holder>;

  /** `same`: registered before with this content, perhaps by this call · `conflict`: with another. Activates what it inserts. */
  registerDefinition(record: DefinitionRecord): Promise<'registered' | 'same' | 'conflict'>;
  findDefinition(name: string, version: number): Promise<DefinitionRecord | null>;
  /** The highest active version. */
  latestDefinition(name: string): Promise<DefinitionRecord | null>;
  listDefinitions(): Promise<readonly DefinitionRecord[]>;
  writeStation(contract: ActionContract, at: Date): Promise<void>;
  listStations(): Promise<readonly StationRecord[]>;

  /** Resolves when the store answers; rejects with Unavailable otherwise. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
