import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineAction } from '../../shared/core/define-action.ts';
import { defineWorkflow } from '../../shared/core/define-workflow.ts';
import { completed } from '../../shared/core/outcome.ts';

/** What must not compile stands under `@ts-expect-error`, and is refused at run time as well. */
const pay = defineAction({
  name: 'pay',
  input: z.object({ amount: z.number() }),
  changes: z.object({ paymentId: z.string() }),
  failures: ['declined'],
  run: async () => completed({ paymentId: 'p' }),
});
const ship = defineAction({
  name: 'ship',
  input: z.object({ paymentId: z.string() }),
  changes: z.object({}),
  run: async () => completed({}),
});
const frame = {
  name: 'order',
  version: 1,
  input: z.object({ amount: z.number() }),
  actions: [pay, ship],
} as const;

describe('the types of defineWorkflow', () => {
  it('know the states and the actions', () => {
    const definition = defineWorkflow({
      ...frame,
      announce: 'steps',
      initial: 'placed',
      states: {
        placed: { choices: [{ action: 'pay', to: 'paid', onFailure: { declined: 'refused' } }] },
        paid: { choices: [{ action: 'ship', to: 'shipped' }] },
        shipped: { end: 'succeeded' },
        refused: { end: 'failed' },
      },
    });
    expect(Object.keys(definition.states)).toEqual(['placed', 'paid', 'shipped', 'refused']);
  });

  it('refuse an initial state that does not exist', () => {
    const define = () =>
      defineWorkflow({
        ...frame,
        // @ts-expect-error there is no state `begin`
        initial: 'begin',
        states: { placed: { choices: [{ action: 'pay', to: 'paid' }] }, paid: { end: 'succeeded' } },
      });
    expect(define).toThrow('"begin"');
  });

  it('refuse a target that does not exist', () => {
    const define = () =>
      defineWorkflow({
        ...frame,
        initial: 'placed',
        // @ts-expect-error there is no state `payed`
        states: { placed: { choices: [{ action: 'pay', to: 'payed' }] }, paid: { end: 'succeeded' } },
      });
    expect(define).toThrow('"payed"');
  });

  it('refuse a target of a failure that does not exist', () => {
    const define = () =>
      defineWorkflow({
        ...frame,
        initial: 'placed',
        states: {
          // @ts-expect-error there is no state `lost`
          placed: { choices: [{ action: 'pay', to: 'paid', onFailure: { declined: 'lost' } }] },
          paid: { end: 'succeeded' },
        },
      });
    expect(define).toThrow('"lost"');
  });

  it('refuse an action that is not among the given ones', () => {
    const define = () =>
      defineWorkflow({
        ...frame,
        initial: 'placed',
        // @ts-expect-error there is no action `charge`
        states: { placed: { choices: [{ action: 'charge', to: 'paid' }] }, paid: { end: 'succeeded' } },
      });
    expect(define).toThrow('charge');
  });

  it('refuse a failure that the action does not declare, even when another action does', () => {
    const ofPay = () =>
      defineWorkflow({
        ...frame,
        initial: 'placed',
        states: {
          // @ts-expect-error pay declares no failure `expired`
          placed: { choices: [{ action: 'pay', to: 'paid', onFailure: { expired: 'refused' } }] },
          paid: { end: 'succeeded' },
          refused: { end: 'failed' },
        },
      });
    const ofShip = () =>
      defineWorkflow({
        ...frame,
        initial: 'placed',
        states: {
          placed: { choices: [{ action: 'pay', to: 'paid' }] },
          // @ts-expect-error ship declares no failures
          paid: { choices: [{ action: 'ship', to: 'shipped', onFailure: { declined: 'refused' } }] },
          shipped: { end: 'succeeded' },
          refused: { end: 'failed' },
        },
      });
    expect(ofPay).toThrow('"expired"');
    expect(ofShip).toThrow('"declined"');
  });

  it('refuse an end that is none, and a state that is end and choices at once', () => {
    const define = () =>
      defineWorkflow({
        ...frame,
        initial: 'placed',
        states: {
          placed: { choices: [{ action: 'pay', to: 'paid' }] },
          // @ts-expect-error an end is succeeded or failed
          paid: { end: 'done' },
        },
      });
    expect(define).toThrow('states.paid.end');
  });
});

describe('the types of cancellations', () => {
  const ends = { shipped: { end: 'succeeded' }, refused: { end: 'cancelled' } } as const;

  it('know the rules, their states, and the way back from a failure', () => {
    const definition = defineWorkflow({
      ...frame,
      deadline: '30d',
      initial: 'placed',
      states: {
        placed: {
          cancel: 'compensate',
          choices: [{ action: 'pay', to: 'paid', onFailure: { declined: 'compensate' } }],
        },
        paid: { cancel: { to: 'refused' }, choices: [{ action: 'ship', to: 'packed' }] },
        packed: { cancel: { refuse: 'it is on its way' }, choices: [{ action: 'ship', to: 'shipped' }] },
        ...ends,
      },
    });
    expect(definition.deadline).toBe('30d');
  });

  it('refuse a state that does not exist, and a rule that is none', () => {
    const lost = () =>
      defineWorkflow({
        ...frame,
        initial: 'placed',
        // @ts-expect-error there is no state `lost`
        states: { placed: { cancel: { to: 'lost' }, choices: [{ action: 'pay', to: 'shipped' }] }, ...ends },
      });
    const undo = () =>
      defineWorkflow({
        ...frame,
        initial: 'placed',
        // @ts-expect-error a rule is compensate, a state, or a refusal
        states: { placed: { cancel: 'undo', choices: [{ action: 'pay', to: 'shipped' }] }, ...ends },
      });
    expect(lost).toThrow('"lost"');
    expect(undo).toThrow('states.placed.cancel: must be "compensate"');
  });

  it('refuse a deadline without a unit', () => {
    const define = () =>
      defineWorkflow({
        ...frame,
        // @ts-expect-error a duration has a unit
        deadline: '30',
        initial: 'placed',
        states: {
          placed: { cancel: 'compensate', choices: [{ action: 'pay', to: 'shipped' }] },
          shipped: ends.shipped,
        },
      });
    expect(define).toThrow('deadline: must be a duration');
  });
});
