import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { z } from 'zod';
import { chooseEdge } from '../../../shared/core/conditions.ts';
import { defineWorkflow } from '../../../shared/core/define-workflow.ts';
import { checkDefinition } from '../../../shared/core/definition-checks.ts';
import { definitionHash } from '../../../shared/core/definition-hash.ts';
import { parseDefinition } from '../../../shared/core/definition-schema.ts';
import type { StateDefinition, WorkflowDefinition } from '../../../shared/core/workflow-definition.ts';
import { actionWith, contractsOf } from '../../support/definitions.ts';

const reserve = actionWith('reserve', z.object({ orderId: z.string() }), z.object({ stock: z.string() }), ['sold-out']);
const ship = actionWith('ship', z.object({ stock: z.string() }));
const order = {
  name: 'order',
  version: 2,
  input: z.object({ orderId: z.string(), amount: z.number(), note: z.string().optional() }),
  actions: [reserve, ship],
  initial: 'placed',
  states: {
    placed: { choices: [{ action: 'reserve', to: 'reserved', onFailure: { 'sold-out': 'refused' } }] },
    reserved: { choices: [{ action: 'ship', to: 'shipped' }] },
    shipped: { end: 'succeeded' },
    refused: { end: 'failed' },
  },
} as const;

describe('defineWorkflow', () => {
  it('returns plain data, frozen, with the input as JSON Schema that refuses what is not declared', () => {
    const definition = defineWorkflow(order);
    expect(definition).toEqual({
      name: 'order',
      version: 2,
      input: {
        type: 'object',
        properties: { orderId: { type: 'string' }, amount: { type: 'number' }, note: { type: 'string' } },
        required: ['orderId', 'amount'],
        additionalProperties: false,
      },
      announce: 'milestones',
      initial: 'placed',
      states: order.states,
    });
    expect([definition, definition.input, definition.states, definition.states['placed']].every(Object.isFrozen)).toBe(
      true,
    );
  });

  it('keeps what the author passed in untouched and unshared', () => {
    const states = { ...order.states };
    const definition = defineWorkflow({ ...order, states });
    expect(Object.isFrozen(states)).toBe(false);
    expect(definition.states).not.toBe(states);
  });

  it.each<[string, object, string]>([
    [
      'an input that JSON Schema cannot express',
      { input: z.object({ orderId: z.string().trim() }) },
      'input.orderId: trim',
    ],
    [
      'a default that nobody fills in',
      { input: z.object({ orderId: z.string().default('x') }) },
      'input.orderId: nothing fills',
    ],
    [
      'a pattern that can take for ever',
      { input: z.object({ orderId: z.string().regex(/^(a+)+$/) }) },
      'may take too long',
    ],
    [
      'two actions of one name',
      { actions: [reserve, ship, actionWith('ship')] },
      'Two of the actions are called "ship"',
    ],
    ['a version that is none', { version: 0 }, 'version: Too small'],
    ['what the checks find', { input: z.object({}) }, 'State "placed": action "reserve" needs "orderId"'],
  ])('refuses %s', (_, overrides, problem) => {
    const define = () => defineWorkflow({ ...order, ...overrides });
    expect(define).toThrow(problem);
    expect(define).toThrow(expect.objectContaining({ code: 'definition-invalid' }));
  });
});

const actions = ['a', 'b', 'c', 'last'].map((name) =>
  actionWith(name, z.object({}), z.object({}), ['declined', 'lost']),
);

/** Definitions of every shape: states in a row, each with choices that lead to later ones. */
const anyDefinition: fc.Arbitrary<WorkflowDefinition> = fc
  .integer({ min: 1, max: 6 })
  .chain((length) => {
    const later = (index: number) =>
      fc.integer({ min: index + 1, max: length }).map((to) => (to === length ? 'done' : `s${to}`));
    const stateAt = (index: number): fc.Arbitrary<StateDefinition> =>
      fc
        .record({
          // The way to the next state, so that every state is reached.
          last: fc.record({
            action: fc.constant('last'),
            to: fc.constant(index + 1 === length ? 'done' : `s${index + 1}`),
          }),
          others: fc.uniqueArray(
            fc.record(
              {
                when: fc.constantFrom('amount > 5', 'has(note) && note != ""', 'amount < 0 || amount == 3'),
                action: fc.constantFrom('a', 'b', 'c'),
                to: later(index),
                onFailure: fc.dictionary(fc.constantFrom('declined', 'lost'), later(index)),
              },
              { requiredKeys: ['when', 'action', 'to'] },
            ),
            { maxLength: 3, selector: ({ action }) => action },
          ),
        })
        .map(({ last, others }) => ({ choices: [...others, last] }));
    return fc.tuple(...Array.from({ length }, (_, index) => stateAt(index)));
  })
  .map((row) => {
    const states: Record<string, StateDefinition> = { done: { end: 'succeeded' } };
    for (const [index, state] of row.entries()) states[`s${index}`] = state;
    return defineWorkflow({ ...order, actions, initial: 's0', states });
  });

describe('any definition', () => {
  it('survives being written as JSON and read again: equal, with the same hash, accepted, and choosing alike', () => {
    const data = fc.record(
      { orderId: fc.string(), amount: fc.integer({ min: -5, max: 10 }), note: fc.string() },
      { requiredKeys: ['orderId', 'amount'] },
    );
    fc.assert(
      fc.property(anyDefinition, data, (definition, values) => {
        const again = parseDefinition(JSON.parse(JSON.stringify(definition)));
        expect(again).toEqual(definition);
        expect(definitionHash(again)).toBe(definitionHash(definition));
        expect(() => checkDefinition(again, contractsOf(...actions))).not.toThrow();
        for (const [name, state] of Object.entries(definition.states)) {
          if ('choices' in state) expect(chooseEdge(again, name, values)).toEqual(chooseEdge(definition, name, values));
        }
      }),
      { numRuns: 200 },
    );
  });
});
