// The documents of the journal, as every adapter keeps them and outside tools may read them.
//
//   head        one per workflow: what it is, and its status. Never trusted on the hot path; can lag after a crash
//   attempt     one right to decide one step. Inserting it is claiming the step
//   fate        what became of an attempt. Set once, the first write wins
//   snapshot    the decision of one step. Inserting it is deciding the step
//   worker      one process's heartbeat, judged by the database's clock
//
// `input`, `changes` and `data` stand in MongoDB as objects; or, where BSON would not give them back as they were (a key with a
// leading `$` or a NUL, half a surrogate pair, extreme depth), as their JSON text. Definitions and contracts always are text.
import type { ActionContract } from '../core/action.ts';
import type { JsonObject } from '../core/json.ts';
import type { Next } from '../core/transition.ts';
import type { EndStatus, WorkflowDefinition } from '../core/workflow-definition.ts';

/** What is true of a workflow. */
export type Status = 'running' | 'parked' | EndStatus;

/** Why a workflow is parked. `reason` is free text, cut. */
export interface Parked {
  readonly step: number;
  readonly code: string;
  readonly reason: string;
  readonly at: Date;
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
  readonly parked?: Parked;
  readonly workflowId: string;
}

/**
 * The fate of an attempt:
 * `failed` the action's failure, spends budget · `released` given back unperformed or an operator's own attempt, spends
 * none · `void` lost against another decision · `parked` given up on automatically.
 */
export type Fate = 'failed' | 'released' | 'void' | 'parked';

export type AttemptKind = 'run' | 'operator';

export interface Attempt {
  /** `<workflow id>/<step>/<attempt>`, five digits each. */
  readonly _id: string;
  readonly workflowId: string;
  readonly step: number;
  readonly attempt: number;
  readonly kind: AttemptKind;
  readonly action: string;
  /** Who holds it: the id of a worker process, or `operator`. */
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
}

/** What settles an attempt. */
export interface Settlement {
  readonly fate: Fate;
  readonly code?: string;
  readonly reason?: string;
  readonly at: Date;
}

export interface Snapshot {
  /** `<workflow id>/<step, five digits>`. */
  readonly _id: string;
  readonly workflowId: string;
  readonly step: number;
  readonly kind: 'run';
  readonly action: string;
  /** The attempt whose result this is. */
  readonly attempt: number;
  readonly worker: string;
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
}

/** One heartbeat document per worker process. */
export interface WorkerRecord {
  readonly _id: string;
  readonly host: string;
  readonly pid: number;
  readonly actions: readonly string[];
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
}

/** Everything the journal has of one workflow, in the order of its history. */
export interface WorkflowHistory {
  readonly head: Head;
  readonly attempts: readonly Attempt[];
  readonly snapshots: readonly Snapshot[];
}
