import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { checkDefinition } from '../../../shared/core/definition-checks.ts';
import { Refused } from '../../../shared/core/errors.ts';
import type { WorkflowDefinition } from '../../../shared/core/workflow-definition.ts';
import { actionWith, contractsOf, definitionWith } from '../../support/definitions.ts';

const good = { end: 'succeeded' } as const;
const bad = { end: 'failed' } as const;
const contracts = contractsOf(
  actionWith('pay', z.object({}), z.object({ paid: z.boolean() }), ['declined', 'expired']),
  actionWith('ship'),
  actionWith('pack'),
);

const refusalOf = (definition: WorkflowDefinition): Refused => {
  try {
    checkDefinition(definition, contracts);
  } catch (error) {
    if (error instanceof Refused) return error;
    throw error;
  }
  throw new Error('The definition was accepted.');
};

describe('checkDefinition', () => {
  it('accepts paths that part, meet again, and end', () => {
    const definition = definitionWith({
      placed: [
        { when: 'true', action: 'pack', to: 'packed' },
        { action: 'pay', to: 'paid', onFailure: { declined: 'refused', expired: 'refused' } },
      ],
      packed: [{ action: 'pay', to: 'paid', onFailure: { declined: 'refused' } }],
      paid: [{ action: 'ship', to: 'shipped' }],
      shipped: good,
      refused: bad,
    });
    expect(() => checkDefinition(definition, contracts)).not.toThrow();
  });

  it('accepts states that only a cancellation leads to, the way back, and a deadline that each state knows of', () => {
    const definition = definitionWith(
      {
        placed: {
          choices: [{ action: 'pay', to: 'paid', onFailure: { declined: 'compensate' } }],
          cancel: 'compensate',
        },
        paid: { choices: [{ action: 'ship', to: 'shipped' }], cancel: { to: 'returned' } },
        returned: { choices: [{ action: 'pack', to: 'back' }], cancel: { refuse: 'it is coming back already' } },
        shipped: good,
        back: { end: 'cancelled' },
      },
      { deadline: '30d' },
    );
    expect(() => checkDefinition(definition, contracts)).not.toThrow();
  });

  it('accepts a long line of states, as deep as there may be', () => {
    const line = Object.fromEntries(
      Array.from({ length: 499 }, (_, index) => [
        index === 0 ? 'placed' : `s${index}`,
        [{ action: 'ship', to: index === 498 ? 'done' : `s${index + 1}` }],
      ]),
    );
    expect(() => checkDefinition(definitionWith({ ...line, done: good }), contracts)).not.toThrow();
  });

  it.each<[string, WorkflowDefinition, string]>([
    [
      'an initial state that does not exist',
      definitionWith({ paid: good }),
      'State "placed" is the initial state, but does not exist: add it to the states, or name another.',
    ],
    [
      'an initial state that every object has by nature',
      definitionWith({ placed: [{ action: 'pay', to: 'paid' }], paid: good }, { initial: 'constructor' }),
      'State "constructor" is the initial state, but does not exist',
    ],
    [
      'an initial state that is an end',
      definitionWith({ placed: good }),
      'State "placed" is the initial state, but an end: a workflow must have something to do.',
    ],
    [
      'a state without choices',
      definitionWith({ placed: [] }),
      'State "placed" has no choices: give it one, or make it an end',
    ],
    [
      'a state that is never reached',
      definitionWith({ placed: [{ action: 'pay', to: 'paid' }], paid: good, lost: good }),
      'State "lost" is never reached from "placed": let a choice lead to it, or remove it.',
    ],
    [
      'a target that does not exist',
      definitionWith({ placed: [{ action: 'pay', to: 'toString' }], paid: good }),
      'State "placed" leads to "toString" by action "pay", but there is no such state: add it, or correct the name.',
    ],
    [
      'a target of a failure that does not exist',
      definitionWith({ placed: [{ action: 'pay', to: 'paid', onFailure: { declined: 'gone' } }], paid: good }),
      'State "placed" leads to "gone" by failure "declined" of action "pay", but there is no such state',
    ],
    [
      'a cycle',
      definitionWith({
        placed: [{ action: 'pay', to: 'paid' }],
        paid: [{ action: 'ship', to: 'shipped', onFailure: {} }],
        shipped: [
          { when: 'true', action: 'pack', to: 'paid' },
          { action: 'pay', to: 'done' },
        ],
        done: good,
      }),
      'State "paid" can be entered twice (paid → shipped → paid), so a workflow may never end',
    ],
    [
      'a cycle by a failure, of one state',
      definitionWith({ placed: [{ action: 'pay', to: 'paid', onFailure: { declined: 'placed' } }], paid: good }),
      'State "placed" can be entered twice (placed → placed)',
    ],
    [
      'a cycle by a cancellation',
      definitionWith({
        placed: [{ action: 'pay', to: 'paid' }],
        paid: { choices: [{ action: 'ship', to: 'done' }], cancel: { to: 'placed' } },
        done: good,
      }),
      'State "placed" can be entered twice (placed → paid → placed)',
    ],
    [
      'a target of a cancellation that does not exist',
      definitionWith({ placed: { choices: [{ action: 'pay', to: 'paid' }], cancel: { to: 'gone' } }, paid: good }),
      'State "placed" leads to "gone" by its cancellation, but there is no such state: add it, or correct the name.',
    ],
    [
      'a state that is called like the way back',
      definitionWith({ placed: [{ action: 'pay', to: 'compensate' }], compensate: good }),
      'State "compensate" has a name that means "undo what was done" in onFailure and cancel: give it another.',
    ],
    [
      'a deadline that a state passes over',
      definitionWith({ placed: [{ action: 'pay', to: 'paid' }], paid: good }, { deadline: '1d' }),
      'State "placed" does not say what the deadline means there: give it cancel: "compensate", { to: … } or { refuse: … }.',
    ],
    [
      'the way back by a failure that the action does not declare',
      definitionWith({ placed: [{ action: 'pay', to: 'paid', onFailure: { lost: 'compensate' } }], paid: good }),
      'action "pay" has no failure "lost"',
    ],
    [
      'a condition on the last choice',
      definitionWith({ placed: [{ when: 'true', action: 'pay', to: 'paid' }], paid: good }),
      'State "placed" has a condition on its last choice, so none may hold: add a last choice without "when".',
    ],
    [
      'a choice without condition before others',
      definitionWith({
        placed: [
          { action: 'pay', to: 'paid' },
          { action: 'ship', to: 'paid' },
        ],
        paid: good,
      }),
      'State "placed" has a choice without "when" before others (number 1, "pay"): they are never taken; move it to the end.',
    ],
    [
      'two choices of a state with the same action',
      definitionWith({
        placed: [
          { when: 'true', action: 'pay', to: 'paid' },
          { action: 'pay', to: 'done' },
        ],
        paid: good,
        done: good,
      }),
      'State "placed" has two choices with the action "pay": join their conditions by ||',
    ],
    [
      'a failure code that the action does not declare',
      definitionWith({ placed: [{ action: 'pay', to: 'paid', onFailure: { lost: 'paid' } }], paid: good }),
      'State "placed": action "pay" has no failure "lost" (it declares declined, expired): correct the code, or declare it.',
    ],
    [
      'a failure code of an action that declares none',
      definitionWith({ placed: [{ action: 'ship', to: 'paid', onFailure: { lost: 'paid' } }], paid: good }),
      'action "ship" has no failure "lost" (it declares none)',
    ],
    [
      'a condition that is wrong',
      definitionWith({
        placed: [
          { when: 'amount > 5', action: 'pay', to: 'paid' },
          { action: 'ship', to: 'paid' },
        ],
        paid: good,
      }),
      'State "placed": Condition "amount > 5": there is no field "amount" here; none is known.',
    ],
  ])('refuses %s, names the state and says what to do', (_, definition, problem) => {
    const refusal = refusalOf(definition);
    expect(refusal.code).toBe('definition-invalid');
    expect(refusal.message).toContain(`Workflow definition "order": `);
    expect(refusal.message).toContain(problem);
  });

  it('lists every problem', () => {
    const { message } = refusalOf(
      definitionWith({
        placed: [
          { action: 'pay', to: 'paid', onFailure: { lost: 'paid' } },
          { when: 'true', action: 'pay', to: 'placed' },
        ],
        paid: good,
        lost: good,
      }),
    );
    expect(message.split('\n- ').slice(1)).toEqual([
      expect.stringContaining('without "when" before others'),
      expect.stringContaining('condition on its last choice'),
      expect.stringContaining('two choices with the action "pay"'),
      expect.stringContaining('"lost" is never reached'),
      expect.stringContaining('"placed" can be entered twice'),
      expect.stringContaining('no failure "lost"'),
    ]);
  });

  it('refuses actions that nobody knows by a code of its own, once nothing else is wrong', () => {
    const unknown = definitionWith({
      placed: [
        { when: 'true', action: 'charge', to: 'paid' },
        { action: 'toString', to: 'paid' },
      ],
      paid: good,
    });
    const refusal = refusalOf(unknown);
    expect(refusal.code).toBe('actions-unknown');
    expect(refusal.message).toContain('names actions that no worker has ever hosted: charge, toString');
    const alsoWrong = definitionWith({ placed: [{ action: 'charge', to: 'paid' }], paid: good, lost: good });
    expect(refusalOf(alsoWrong).code).toBe('definition-invalid');
  });
});
