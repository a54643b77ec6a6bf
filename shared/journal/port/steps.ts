import type { Attempt, Fate, Settlement, Snapshot } from '../records.ts';

/** `duplicate`: the key is taken by a document that is not this writer's own. */
export type Inserted = 'inserted' | 'duplicate';

/** A step of a workflow. */
export interface StepKey {
  readonly workflowId: string;
  readonly step: number;
}

/** One step as a majority of the replica set knows it. */
export interface StepView {
  /** All attempts of the step, by number. */
  readonly attempts: readonly Attempt[];
  readonly snapshot: Snapshot | null;
  /** Whether step + 1 has any attempt. */
  readonly moved: boolean;
}

/** A decision without the data, which is by far the largest part of it. */
export type DecidedStep = Omit<Snapshot, 'changes' | 'data'>;

/** Everything that the journal has of a workflow, but for its head and its data: each in the order of the history. */
export interface Course {
  readonly attempts: readonly Attempt[];
  readonly snapshots: readonly DecidedStep[];
}

/** Where a workflow stands, without its data. */
export interface Stand extends StepKey {
  /** The decision before `step`; null before the first. */
  readonly last: Pick<Snapshot, 'step' | 'kind' | 'state' | 'next' | 'at' | 'undo'> | null;
  /** All attempts of `step`, by number. */
  readonly attempts: readonly Attempt[];
}

/** Claims, fates and decisions. */
export interface StepJournal {
  insertAttempts(attempts: readonly Attempt[]): Promise<readonly Inserted[]>;
  insertSnapshots(snapshots: readonly Snapshot[]): Promise<readonly Inserted[]>;
  /** Sets an attempt's fate unless it has one. Resolves to the fate that stands; null when there is no such attempt. */
  settleAttempt(attemptId: string, settlement: Settlement): Promise<Fate | null>;

  /** Reads the attempts first, then the snapshot. */
  readStep(workflowId: string, step: number): Promise<StepView>;
  /** Linearizable: sees every snapshot whose insert was acknowledged to anyone before the call. */
  readSnapshot(workflowId: string, step: number): Promise<Snapshot | null>;
  /** Those of the steps that are decided, in no order. A step that is missing may have been decided just now. */
  findSnapshots(steps: readonly StepKey[]): Promise<readonly Snapshot[]>;
  /**
   * Of the given steps, those that have any attempt; each as `<workflow id>/<step, five digits>`. A step's attempts are numbered
   * without a gap, so its first stands for all.
   */
  findAttempted(steps: readonly StepKey[]): Promise<ReadonlySet<string>>;
  /**
   * The courses of workflows, in the order given: all attempts are read first, then all snapshots. Sees everything whose insert or fate was
   * acknowledged to anyone before the call, also where another server had become the primary meanwhile: for a plan that must miss
   * nothing. So the step behind the last snapshot was undecided when the call began.
   */
  readCourses(workflowIds: readonly string[]): Promise<readonly Course[]>;
  /**
   * Where these workflows stand, in the order given. The snapshots are read first: what has moved on in between looks as if it had
   * not, so this says whom to look at, and decides nothing.
   */
  readStands(workflowIds: readonly string[]): Promise<readonly Stand[]>;
  /** The notifications that snapshots of this workflow name, each with its step. Positive: what is in it stays. */
  findUsedNotifications(workflowId: string): Promise<ReadonlyMap<string, number>>;
}
