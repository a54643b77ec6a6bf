import { type Duration, durationMs } from './duration.ts';
import type { JsonSchema } from './json.ts';

/**
 * A workflow definition as data: what `defineWorkflow` returns, what is stored in `definitions`, and what may come
 * from outside as JSON. States are nodes, choices are edges.
 */
export interface WorkflowDefinition {
  /** `[a-z][a-z0-9-]{0,63}` */
  readonly name: string;
  /** 1 … `LIMITS.versions`. A registered name and version never changes. */
  readonly version: number;
  /** JSON Schema 2020-12 of the start event's data. */
  readonly input: JsonSchema;
  /** Which lifecycle events are published: the milestones (what people wait for; default), or every step and retry too. */
  readonly announce: 'milestones' | 'steps';
  /** How long a workflow may take. After that it is cancelled, by the rule of the state that it stands in. Default: for ever. */
  readonly deadline?: Duration;
  readonly initial: string;
  readonly states: Readonly<Record<string, StateDefinition>>;
}

export type StateDefinition = EndState | StateWithChoices;

export interface EndState {
  readonly end: EndStatus;
}

export interface StateWithChoices {
  /** Tried in order; the first whose condition holds is taken, and the last has none. */
  readonly choices: readonly Choice[];
  /** What a cancellation means here. Default: it is refused. */
  readonly cancel?: CancelRule;
}

/** Undo what was done, take the definition's own way, or refuse with a reason. */
export type CancelRule = typeof COMPENSATE | { readonly to: string } | { readonly refuse: string };

/** In place of a state: undo what was done. So no state may be called that. */
export const COMPENSATE = 'compensate';

export interface Choice {
  /** A CEL expression over the workflow's data. Absent on the last choice of a state, and only there. */
  readonly when?: string;
  readonly action: string;
  /** The state that the completed action leads to. */
  readonly to: string;
  /** The state that each declared failure leads to, or `compensate`. A failure without one parks the workflow. */
  readonly onFailure?: Readonly<Record<string, string>>;
}

export const END_STATUSES = ['succeeded', 'failed', 'cancelled'] as const;
export type EndStatus = (typeof END_STATUSES)[number];

/** Whether a state is an end. */
export const isEnd = (state: StateDefinition): state is EndState => 'end' in state;

/** How long a workflow of this definition may take, milliseconds; undefined when it may take for ever. */
export const deadlineMs = ({ deadline }: WorkflowDefinition): number | undefined =>
  deadline === undefined ? undefined : durationMs(deadline, 'deadline');
