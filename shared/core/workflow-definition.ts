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
  /** Which lifecycle events are published: the milestones (started, parked and the ends; default), or every step too. */
  readonly announce: 'milestones' | 'steps';
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
}

export interface Choice {
  /** A CEL expression over the workflow's data. Absent on the last choice of a state, and only there. */
  readonly when?: string;
  readonly action: string;
  /** The state that the completed action leads to. */
  readonly to: string;
  /** The state that each declared failure leads to. A failure without one parks the workflow. */
  readonly onFailure?: Readonly<Record<string, string>>;
}

export type EndStatus = 'succeeded' | 'failed';

/** Whether a state is an end. */
export const isEnd = (state: StateDefinition): state is EndState => 'end' in state;
