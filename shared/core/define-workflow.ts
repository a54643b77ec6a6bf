import type { z } from 'zod';
import type { Action } from './action.ts';
import { inexpressible, toJsonSchema } from './contract-schema.ts';
import { checkDefinition, listed } from './definition-checks.ts';
import { parseDefinition } from './definition-schema.ts';
import type { Duration } from './duration.ts';
import { Refused } from './errors.ts';
import { jsonCopy } from './json.ts';
import type { CancelRule, COMPENSATE, EndState, WorkflowDefinition } from './workflow-definition.ts';

type OnFailure<Code extends string, State extends string> = [Code] extends [never]
  ? { readonly onFailure?: never }
  : { readonly onFailure?: { readonly [C in Code]?: State | typeof COMPENSATE } };

/** One choice, typed by the actions: distributes, so that `action` decides which failure codes `onFailure` may name. */
type ChoiceSpec<A extends Action, State extends string> =
  A extends Action<infer Name, infer Code>
    ? { readonly when?: string; readonly action: Name; readonly to: State } & OnFailure<Code, State>
    : never;

export type StateSpec<A extends Action, State extends string> =
  | EndState
  | { readonly choices: readonly ChoiceSpec<A, State>[]; readonly cancel?: CancelSpec<State> };

/** What a cancellation means in a state. */
type CancelSpec<State extends string> = Exclude<CancelRule, { to: string }> | { readonly to: State };

/** What `defineWorkflow` takes. */
export interface WorkflowSpec<A extends Action, State extends string> {
  readonly name: string;
  readonly version: number;
  /** The start event's data. */
  readonly input: z.ZodObject;
  /** The actions that the choices may name. */
  readonly actions: readonly A[];
  readonly initial: NoInfer<State>;
  /** Default: `milestones`. */
  readonly announce?: WorkflowDefinition['announce'];
  /** How long a workflow may take; then it is cancelled, by the rule of its state. Every state must have one then. */
  readonly deadline?: Duration;
  readonly states: { readonly [S in State]: StateSpec<A, NoInfer<State>> };
}

/**
 * Makes a workflow definition: plain data, frozen, checked as it will be again when it is registered. A wrong state, action or
 * failure code does not compile.
 * @throws Refused `definition-invalid`, listing every problem, each naming its place and saying what to do
 */
export function defineWorkflow<A extends Action, State extends string>(
  spec: WorkflowSpec<A, State>,
): WorkflowDefinition {
  const problems = [...inexpressible(spec.input, 'input', { defaults: 'refused' }), ...actionProblems(spec.actions)];
  if (problems.length > 0) {
    throw new Refused('definition-invalid', { workflow: spec.name, problem: listed(problems) });
  }
  const { name, version, announce = 'milestones', deadline, initial, states } = spec;
  const input = toJsonSchema(spec.input, 'output');
  // The way that a definition from outside takes, so that what is defined here can be registered from anywhere.
  const definition = parseDefinition(jsonCopy({ name, version, input, announce, deadline, initial, states }));
  checkDefinition(definition, new Map(spec.actions.map(({ contract }) => [contract.name, contract])));
  return definition;
}

const actionProblems = (actions: readonly Action[]): string[] =>
  actions
    .filter(({ name }, index) => actions.findIndex((other) => other.name === name) < index)
    .map(({ name }) => `Two of the actions are called "${name}": a name stands for one action.`);
