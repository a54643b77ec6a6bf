import { z } from 'zod';
import type { Action, ActionContract, NotificationSchemas } from '../../shared/core/action.ts';
import { defineAction } from '../../shared/core/define-action.ts';
import { retry } from '../../shared/core/outcome.ts';
import type { Choice, StateDefinition, WorkflowDefinition } from '../../shared/core/workflow-definition.ts';

/** An action of which only the contract matters. */
export const actionWith = (
  name: string,
  input: z.ZodObject = z.object({}),
  changes: z.ZodObject = z.object({}),
  failures: readonly string[] = [],
  notifications: NotificationSchemas = {},
): Action => defineAction({ name, input, changes, failures, notifications, run: async () => retry('never run') });

export const contractsOf = (...actions: readonly Action[]): ReadonlyMap<string, ActionContract> =>
  new Map(actions.map(({ contract }) => [contract.name, contract]));

/** A definition that nothing has checked yet. */
export const definitionWith = (
  states: Readonly<Record<string, StateDefinition | readonly Choice[]>>,
  overrides: Partial<WorkflowDefinition> = {},
): WorkflowDefinition => ({
  name: 'order',
  version: 1,
  input: { type: 'object', properties: {}, additionalProperties: false },
  announce: 'milestones',
  initial: 'placed',
  states: Object.fromEntries(
    Object.entries(states).map(([name, state]) => [name, isChoices(state) ? { choices: state } : state]),
  ),
  ...overrides,
});

const isChoices = (state: StateDefinition | readonly Choice[]): state is readonly Choice[] => Array.isArray(state);
