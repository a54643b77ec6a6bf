// The documents of the journal, as every adapter keeps them and outside tools may read them.
//
//   head        one per workflow: what it is, and its status. Never trusted on the hot path; can lag after a crash
//   attempt     one right to decide one step. Inserting it is claiming the step
//   fate        what became of an attempt. Set once, the first write wins
//   snapshot    the decision of one step. Inserting it is deciding the step
//   worker      one process's heartbeat, judged by the database's clock
//   wait        one per step whose attempt is `waiting`: what ends it, and the ticket that counts. See wait-records.ts
//   ticket      the numbered message of a wait that comes when a poll or its end is due. The wait has the number alone
//   notification   what came from outside for a wait, kept until one uses it. See wait-records.ts
//   intent      a request for cancellation, open until it has its answer. See intent-record.ts
//   pin         the one step at which an intent decides, or that a notification may complete. Set before the decision
//   undo        of a snapshot: the steps that are left to undo on the way back, the next first
//   probe       a message through a station's work queue. Only what it showed is kept: `progress` of the station
//
// `input`, `changes` and `data` stand in MongoDB as objects; or, where BSON would not give them back as they were (a key with a
// leading `$` or a NUL, half a surrogate pair, extreme depth), as their JSON text. Definitions and contracts always are text.
import type { ActionContract } from '../core/action.ts';
import type { Undo } from '../core/compensation.ts';
import type { JsonObject } from '../core/json.ts';
import type { Next } from '../core/transition.ts';
import type { EndStatus, WorkflowDefinition } from '../core/workflow-definition.ts';
import type { WaitTerms } from './wait-records.ts';

/** What is true of a workflow. */
export type Status = 'running' | 'waiting' | 'parked' | 'cancelling' | 'compensating' | EndStatus;

/** Why a workflow is parked. `reason` is free text, cut. */
export interface Parked {
  readonly step: number;
  readonly code: string;
  readonly reason: string;
  readonly at: Date;
}

/** What a workflow waits for. */
export interface Waiting {
  readonly step: number;
  readonly notification?: string;
  /** When its first ticket was due as the wait began: its first poll, or `until`, whichever came first. Absent: it has no ticket. */
  readonly due?: Date;
  readonly until?: Date;
}

/** That a steward sent the workflow's message again, because it was lost. The last time stands. */
export interface Redriven {
  /** A moment before it was sent. */
  readonly at: Date;
  /** Name of the steward's process. */
  readonly by: string;
}

export interface Head {
  /** The workflow's id: 22 characters of base64url. */
  readonly _id: string;
  readonly workflow: string;
  readonly version: number;
  readonly businessKey: string;
  readonly status: Status;
  readonly input: JsonObject;
  /** `source` and `id` of the start event. */
  readonly source: string;
  readonly eventId: string;
  /** W3C trace context of the start event, carried on in every envelope. */
  readonly traceparent?: string;
  readonly startedAt: Date;
  readonly endedAt?: Date;
  /** When it is cancelled unless it has ended. Gone once it has ended, or that was acted on: what is overdue is found by it. */
  readonly deadline?: Date;
  readonly parked?: Parked;
  readonly waiting?: Waiting;
  /** The request that is being considered. */
  readonly cancelling?: { readonly intent: string; readonly at: Date };
  /** The step whose decision began the way back. */
  readonly compensating?: { readonly step: number };
  readonly redriven?: Redriven;
  readonly workflowId: string;
}

/**
 * The fate of an attempt:
 * `failed` the action's failure, spends budget · `released` given back unperformed or an operator's own attempt, spends
 * none · `withheld` never performed, because a cancellation was under way · `void` lost against another decision ·
 * `waiting` performed, and something asynchronous decides the step · `parked` given up on automatically.
 */
export type Fate = 'failed' | 'released' | 'withheld' | 'void' | 'waiting' | 'parked';

/** `run` and `compensate` are a worker's right to perform; the others only number a decision that was taken beside the line. */
export type AttemptKind = 'run' | 'operator' | 'cancel' | 'compensate';

export interface Attempt {
  /** `<workflow id>/<step>/<attempt>`, five digits each. */
  readonly _id: string;
  readonly workflowId: string;
  readonly step: number;
  readonly attempt: number;
  readonly kind: AttemptKind;
  readonly action: string;
  /** Who holds it: the id of a worker process; or `operator`, or the steward that cancels. */
  readonly worker: string;
  /** Unique per insert, so that a writer whose answer was lost recognises its own document. */
  readonly token: string;
  readonly at: Date;
  /** Performed with nothing else in its process, because attempts before it were lost. */
  readonly alone?: true;
  readonly fate?: Fate;
  /** The code of the catalogue (or the action's own failure code) behind the fate. */
  readonly code?: string;
  readonly reason?: string;
  readonly settledAt?: Date;
  /** When the next attempt is due, of one that failed or was withheld: before that its absence means nothing. */
  readonly dueAt?: Date;
  /** What a `waiting` attempt waits for. */
  readonly wait?: WaitTerms;
  /** The data with which an operator lets the step go on; over that of the last snapshot. */
  readonly data?: JsonObject;
  /** Whether the step keeps its idempotency key with that data. */
  readonly key?: 'keep' | 'new';
}

/** What settles an attempt. */
export interface Settlement {
  readonly fate: Fate;
  readonly code?: string;
  readonly reason?: string;
  readonly dueAt?: Date;
  readonly wait?: WaitTerms;
  readonly at: Date;
}

export interface Snapshot {
  /** `<workflow id>/<step, five digits>`. */
  readonly _id: string;
  readonly workflowId: string;
  readonly step: number;
  /** What decided the step: an action, the end of its wait included · a cancellation · an action's `compensate`. */
  readonly kind: 'run' | 'cancel' | 'compensate';
  readonly action: string;
  /** The attempt whose result this is. */
  readonly attempt: number;
  /** Who inserted it. */
  readonly worker: string;
  /**
   * Unique per insert. Only of what may be inserted more than once under the same attempt and worker with another content (the end of
   * a wait, a cancellation): the result of a held attempt is recognised without.
   */
  readonly token?: string;
  readonly changes: JsonObject;
  /** State and data after the step. */
  readonly state: string;
  readonly data: JsonObject;
  readonly next: Next;
  /** The declared failure that the action ended with, when it did. */
  readonly failure?: { readonly code: string; readonly message: string };
  readonly at: Date;
  /** How long the action worked, milliseconds. */
  readonly durationMs: number;
  /** What is left to undo, on the way back. */
  readonly undo?: Undo;
  /** The step that a `compensate` has undone. */
  readonly undoes?: number;
  /** What completed the step's wait, if it waited; */
  readonly by?: 'notification' | 'poll' | 'deadline';
  /** and which notification: it is used with this, and completes nothing else. */
  readonly notification?: string;
  /** The request for cancellation behind a `cancel`. */
  readonly intent?: string;
}

/** One heartbeat document per worker process. */
export interface WorkerRecord {
  readonly _id: string;
  readonly host: string;
  readonly pid: number;
  readonly actions: readonly string[];
}

/** A worker whose death is not recorded. */
export interface LivingWorker extends WorkerRecord {
  /** The open intents that it knew of when it last renewed. */
  readonly intents: readonly string[];
  /** Of its heartbeat, by the database's clock, milliseconds. */
  readonly ageMs: number;
}

/**
 * What is known of a holder: it lives (with the age of its heartbeat by the database's clock), or its death is
 * recorded, or it has left cleanly (or never was) and holds nothing.
 */
export type Holder =
  | { readonly kind: 'alive'; readonly ageMs: number }
  | { readonly kind: 'dead' }
  | { readonly kind: 'gone' };

/** A registered definition. Immutable but for `active`. */
export interface DefinitionRecord {
  /** `<name>/<version, five digits>`. */
  readonly _id: string;
  readonly name: string;
  readonly version: number;
  /** SHA-256 of the canonical JSON of the definition, hex. */
  readonly hash: string;
  readonly definition: WorkflowDefinition;
  /** Start events that name no version take the highest active one. */
  readonly active: boolean;
  readonly registeredAt: Date;
}

export interface StationRecord {
  /** The action's name. */
  readonly _id: string;
  readonly contract: ActionContract;
  readonly updatedAt: Date;
  /** When a worker last began to host it. Absent: none ever has, only its contract is known, and it has no queue. */
  readonly hostedAt?: Date;
  /** Everything that was sent to its queue before this has been taken from it. Absent: nobody has asked yet. */
  readonly progress?: Date;
}

/** Everything the journal has of one workflow, in the order of its history. */
export interface WorkflowHistory {
  readonly head: Head;
  readonly attempts: readonly Attempt[];
  readonly snapshots: readonly Snapshot[];
}
