// What an outcome means for a workflow: a total, pure function from the turn and what was performed to a decision. Nothing
// here is written or sent; `runtime/record.ts` makes the decision durable, `runtime/follow-through.ts` does what it asks for.
import { type NextUndo, nextUndo, type Undo, undone } from './compensation.ts';
import { describeError, type ErrorCode, Parks } from './errors.ts';
import { choicesOf } from './graph.ts';
import { type JsonObject, jsonBytes } from './json.ts';
import { cutText, LIMITS } from './limits.ts';
import type { Outcome, Waiting } from './outcome.ts';
import { type RetryPolicy, retryBack, retryDelayMs } from './retry-policy.ts';
import { unreachable } from './unreachable.ts';
import { type Choice, COMPENSATE, type EndStatus, isEnd, type WorkflowDefinition } from './workflow-definition.ts';

/** What follows from a decided step. */
export type Next = { readonly action: string } | NextUndo | { readonly end: EndStatus };

/** Where a workflow goes: the state it stands in, its data there, and what comes next. */
export interface Position {
  readonly state: string;
  readonly data: JsonObject;
  readonly next: Next;
}

/** The step is decided: what its snapshot says. */
export interface Advance extends Position {
  readonly kind: 'advance';
  readonly changes: JsonObject;
  /** The declared failure that led here, if one did. */
  readonly failure?: DeclaredFailure;
  /** What is left to undo; its first is what `next` names. */
  readonly undo?: Undo;
}
/** The step is decided by a declared failure, and the way from here is back. What that means is planned from the journal. */
export interface BeginCompensation {
  readonly kind: 'begin-compensation';
  readonly failure: DeclaredFailure;
  /** Where the workflow stands, and stays while it is undone. */
  readonly state: string;
  readonly data: JsonObject;
}
/** The attempt ends, and the step is decided by what comes first. Times in milliseconds since 1970. */
export interface BeginWait {
  readonly kind: 'begin-wait';
  readonly notification?: string;
  readonly pollAfterMs?: number;
  /** When its first ticket is due: the first poll or `until`, whichever is first. A wait for a notification alone has none. */
  readonly due?: number;
  readonly until?: number;
  readonly otherwise?: string;
}
export interface DeclaredFailure {
  readonly code: string;
  readonly message: string;
}
/** The attempt failed; the next one comes after a delay. */
export interface ScheduleRetry {
  readonly kind: 'schedule-retry';
  readonly code: ErrorCode;
  readonly reason: string;
  readonly delayMs: number;
  /** Failures of the step, this one included. */
  readonly failures: number;
}
/** Given up on automatically; kept for an operator. */
export interface Park {
  readonly kind: 'park';
  readonly code: string;
  readonly reason: string;
}
/** Given back unfinished: the process stops. Spends nothing. */
export interface Release {
  readonly kind: 'release';
}

/** What an outcome means for a step. */
export type Decision = Advance | BeginWait | BeginCompensation | ScheduleRetry | Park | Release;

/** What becomes of a step that ends: it is decided, or cannot be. */
export type Completion = Advance | BeginCompensation | Park;

/** What became of performing an action: what it said, or why it could say nothing valid. */
export type Performed =
  | Outcome<JsonObject, string, string>
  /** Threw, or ran into its timeout: a failure like `retry`, with the engine's code. */
  | { readonly kind: 'threw'; readonly code: 'action-threw' | 'action-timed-out'; readonly reason: string }
  /** Its input or its result breaks the contract: repeating would not help. */
  | { readonly kind: 'broken'; readonly code: ErrorCode; readonly reason: string }
  /** Aborted because the process stops or has lost its right. */
  | { readonly kind: 'interrupted' };

/** Everything that `transition` decides from. */
export interface Turn {
  readonly definition: WorkflowDefinition;
  readonly state: string;
  readonly action: string;
  readonly data: JsonObject;
  /** Failures of this step before this attempt, since the last operator's retry. */
  readonly failures: number;
  readonly retry: RetryPolicy;
  /** Uniform in [0, 1), for the jitter. */
  readonly random: number;
  /** Milliseconds since 1970: a wait counts from here. */
  readonly now: number;
}

/** What decides how a step ends: where it stands, and with what. */
export type StepTurn = Pick<Turn, 'definition' | 'state' | 'action' | 'data'>;

/** Chooses the edge that leaves a state. @throws Parks `condition-failed` */
export type ChooseEdge = (definition: WorkflowDefinition, state: string, data: JsonObject) => Choice;

/**
 * What the outcome of a performance means: total and pure. The caller records the decision and follows it through.
 */
export function transition(turn: Turn, performed: Performed, chooseEdge: ChooseEdge): Decision {
  switch (performed.kind) {
    case 'completed':
      return advance(turn, performed.changes, chooseEdge);
    case 'failed':
      return takeFailureEdge(turn, performed, chooseEdge);
    case 'waiting':
      return beginWait(turn, performed);
    case 'retry':
      return retryOrPark(turn, 'action-asked', performed.reason, performed.afterMs);
    case 'threw':
      return retryOrPark(turn, performed.code, performed.reason);
    case 'broken':
      return park(performed.code, performed.reason);
    case 'interrupted':
      return { kind: 'release' };
    default:
      return unreachable(performed);
  }
}

/**
 * What the outcome of undoing a step means: total and pure, like `transition`. The workflow stays where it stands; the next of
 * what is left to undo follows, or the end.
 * @param undo what is left to undo, the step of this turn first
 */
export function transitionBack(turn: Turn, undo: Undo, performed: Performed): Decision {
  const lenient = { ...turn, retry: retryBack(turn.retry) };
  switch (performed.kind) {
    case 'completed': {
      const left = undone(undo);
      return { kind: 'advance', changes: {}, state: turn.state, data: turn.data, next: nextUndo(left), undo: left };
    }
    case 'failed':
    case 'waiting':
      return parkWith('outcome-invalid', {
        action: turn.action,
        problem: `${performed.kind}(…) from compensate, which may only say completed({}) or retry(…).`,
      });
    case 'retry':
      return retryOrPark(lenient, 'action-asked', performed.reason, performed.afterMs);
    case 'threw':
      return retryOrPark(lenient, performed.code, performed.reason);
    case 'broken':
      return park(performed.code, performed.reason);
    case 'interrupted':
      return { kind: 'release' };
    default:
      return unreachable(performed);
  }
}

/**
 * Where a workflow stands after entering a state: at an end, or before the action that the conditions choose.
 * @throws Parks `condition-failed`, `definition-misfit`
 */
export function enter(
  definition: WorkflowDefinition,
  state: string,
  data: JsonObject,
  chooseEdge: ChooseEdge,
): Position {
  const entered = stateOf(definition, state);
  const next: Next = isEnd(entered) ? { end: entered.end } : { action: chooseEdge(definition, state, data).action };
  return { state, data, next };
}

/** The step is decided by changes: of the completed action, or of what completed its wait. */
export function advance(turn: StepTurn, changes: JsonObject, chooseEdge: ChooseEdge): Completion {
  const edge = edgeOf(turn.definition, turn.state, turn.action);
  if (!edge) return foreignEdge(turn);
  const data = { ...turn.data, ...changes };
  const bytes = jsonBytes(data);
  if (bytes > LIMITS.dataBytes) {
    return parkWith('data-too-large', { action: turn.action, bytes, limit: LIMITS.dataBytes });
  }
  return orPark(() => ({ kind: 'advance', changes, ...enter(turn.definition, edge.to, data, chooseEdge) }));
}

/** The step is decided by a declared failure: the definition says where it leads. */
export function takeFailureEdge(
  turn: StepTurn,
  { code, message }: DeclaredFailure,
  chooseEdge: ChooseEdge,
): Completion {
  const edge = edgeOf(turn.definition, turn.state, turn.action);
  if (!edge) return foreignEdge(turn);
  const to = edge.onFailure && Object.hasOwn(edge.onFailure, code) ? edge.onFailure[code] : undefined;
  if (to === undefined) {
    return parkWith('failure-unhandled', { action: turn.action, failure: code, problem: message });
  }
  const failure = { code, message: cutText(message) };
  const { definition, state, data } = turn;
  if (to === COMPENSATE) return { kind: 'begin-compensation', failure, state, data };
  return orPark(() => ({ kind: 'advance', changes: {}, failure, ...enter(definition, to, data, chooseEdge) }));
}

/** Durations become times here, once: a wait that is begun again after a crash must not begin anew. */
function beginWait(
  { action, now }: Turn,
  { notification, pollAfterMs, untilMs, untilAt, otherwise }: Waiting,
): BeginWait | Park {
  const until = untilAt ?? (untilMs === undefined ? undefined : now + untilMs);
  if (until !== undefined && until - now > LIMITS.waitMs) {
    return parkWith('outcome-invalid', { action, problem: 'waiting({ until }) for longer than 300 days.' });
  }
  const due = earlier(pollAfterMs === undefined ? undefined : now + pollAfterMs, until);
  return {
    kind: 'begin-wait',
    ...(notification === undefined ? {} : { notification }),
    ...(pollAfterMs === undefined ? {} : { pollAfterMs }),
    ...(due === undefined ? {} : { due }),
    ...(until === undefined ? {} : { until }),
    ...(otherwise === undefined ? {} : { otherwise }),
  };
}

/** The earlier of two times, of which either may be missing. */
export const earlier = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);

function retryOrPark(turn: Turn, code: ErrorCode, reason: string, afterMs?: number): Decision {
  const failures = turn.failures + 1;
  const { maxAttempts } = turn.retry;
  if (failures >= maxAttempts) {
    // An action that may not be repeated and did not answer in time may have taken effect: that is another matter
    // for the operator than a failure that is known.
    if (maxAttempts === 1 && code === 'action-timed-out') return parkWith('outcome-unknown', { action: turn.action });
    return parkWith('retries-exhausted', { failures, maxAttempts, reason: cutText(reason) });
  }
  const delayMs = afterMs ?? retryDelayMs(turn.retry, failures, turn.random);
  return { kind: 'schedule-retry', code, reason: cutText(reason), delayMs, failures };
}

const park = (code: string, reason: string): Park => ({ kind: 'park', code, reason: cutText(reason) });

const parkWith = (code: ErrorCode, details: Record<string, string | number>): Park =>
  park(code, describeError(code, details));

/** The journal can hold a definition that a newer build checks more strictly: what it cannot follow is parked, not thrown. */
const foreignEdge = (turn: StepTurn): Park =>
  parkWith('definition-misfit', misfit(turn.definition, turn.state, `no choice there takes action "${turn.action}"`));

const misfit = ({ name, version }: WorkflowDefinition, state: string, problem: string) => ({
  workflow: name,
  version,
  state,
  problem,
});

/** A decision that depends on conditions: what they cannot decide is parked. */
export function orPark(decide: () => Advance): Advance | Park {
  try {
    return decide();
  } catch (error) {
    if (error instanceof Parks) return park(error.code, error.message);
    throw error;
  }
}

function stateOf(definition: WorkflowDefinition, state: string) {
  // Own states only: "constructor" is a name that a state may have, and that every object has.
  const found = Object.hasOwn(definition.states, state) ? definition.states[state] : undefined;
  if (!found) throw new Parks('definition-misfit', misfit(definition, state, 'there is no such state'));
  return found;
}

/** The edge that an action takes out of a state. State and action identify it: no state names an action twice. */
export const edgeOf = (definition: WorkflowDefinition, state: string, action: string): Choice | undefined =>
  choicesOf(definition, state).find((choice) => choice.action === action);
