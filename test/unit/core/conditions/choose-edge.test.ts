import { describe, expect, it } from '@jest/globals';
import { chooseEdge } from '../../../../shared/core/conditions.ts';
import { Parks } from '../../../../shared/core/errors.ts';
import type { WorkflowDefinition } from '../../../../shared/core/workflow-definition.ts';

const definition: WorkflowDefinition = {
  name: 'order',
  version: 1,
  input: { type: 'object' },
  announce: 'milestones',
  initial: 'placed',
  states: {
    placed: {
      choices: [
        { when: 'amount > 1000', action: 'review', to: 'done' },
        { when: 'amount > 100', action: 'check', to: 'done' },
        { action: 'accept', to: 'done' },
      ],
    },
    strict: { choices: [{ when: 'amount > 1000', action: 'review', to: 'done' }] },
    broken: { choices: [{ when: 'amount >', action: 'review', to: 'done' }] },
    done: { end: 'succeeded' },
  },
};

const parkedBy = (state: string, data: Record<string, number | string>): Parks => {
  try {
    chooseEdge(definition, state, data);
  } catch (error) {
    if (error instanceof Parks) return error;
  }
  throw new Error('It did not park.');
};

describe('chooseEdge', () => {
  it.each([
    [5000, 'review'],
    [500, 'check'],
    [5, 'accept'],
  ])('takes the first choice whose condition holds: %d → %s', (amount, action) => {
    expect(chooseEdge(definition, 'placed', { amount }).action).toBe(action);
  });

  it.each([
    ['data that does not fit', 'placed', { amount: '5000' }, 'a string was expected, not number'],
    ['a field that is absent', 'placed', {}, '"amount" is absent'],
    ['no condition that holds', 'strict', { amount: 5 }, 'no condition holds'],
    ['a condition that is none', 'broken', { amount: 5 }, 'Unexpected token'],
    ['an end', 'done', {}, 'it has no choices'],
    ['a state that does not exist', 'constructor', {}, 'it has no choices'],
  ])('parks for what no check lets pass: %s', (_, state, data: Record<string, string | number>, problem) => {
    const error = parkedBy(state, data);
    expect(error.code).toBe('condition-failed');
    expect(error.message).toContain(`The conditions of state "${state}" could not be evaluated`);
    expect(error.message).toContain(problem);
  });
});
