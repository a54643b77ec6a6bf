import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { Action } from '../../../shared/core/action.ts';
import { contractProblems } from '../../../shared/core/contract-fit.ts';
import { actionWith, contractsOf, definitionWith } from '../../support/definitions.ts';

const definition = definitionWith(
  {
    placed: [{ action: 'reserve', to: 'reserved' }],
    reserved: [
      { when: 'amount > 100', action: 'review', to: 'reviewed' },
      { action: 'pay', to: 'paid', onFailure: { declined: 'refused' } },
    ],
    reviewed: [{ action: 'pay', to: 'paid', onFailure: { declined: 'refused' } }],
    paid: [{ action: 'ship', to: 'shipped' }],
    shipped: { end: 'succeeded' },
    refused: { end: 'failed' },
  },
  {
    input: {
      type: 'object',
      properties: { amount: { type: 'number' } },
      required: ['amount'],
      additionalProperties: false,
    },
  },
);

const reserve = actionWith('reserve', z.object({}), z.object({ stock: z.string() }));
const review = actionWith('review', z.object({ amount: z.number() }), z.object({ verdict: z.string() }));
const pay = actionWith('pay', z.object({ stock: z.string() }), z.object({ payment: z.string() }), ['declined']);
const ship = actionWith('ship', z.object({ payment: z.string() }));

const problemsWith = (changed: Action, hosted: readonly string[] = [changed.name]) =>
  contractProblems(definition, contractsOf(reserve, review, pay, ship, changed), new Set(hosted));

describe('contractProblems', () => {
  it('finds nothing where nothing changed, or where a change fits', () => {
    expect(problemsWith(pay)).toEqual([]);
    const more = actionWith('pay', z.object({}), z.object({ payment: z.string(), fee: z.number() }), [
      'declined',
      'late',
    ]);
    expect(problemsWith(more)).toEqual([]);
  });

  it('finds input that is not there, and names the action', () => {
    const greedy = actionWith('pay', z.object({ card: z.string() }), z.object({ payment: z.string() }), ['declined']);
    expect(problemsWith(greedy)).toEqual([
      { action: 'pay', problem: expect.stringContaining('State "reserved": action "pay" needs "card"') },
      { action: 'pay', problem: expect.stringContaining('State "reviewed": action "pay" needs "card"') },
    ]);
  });

  it('finds a failure that the definition handles and the action no longer declares', () => {
    const faultless = actionWith('pay', z.object({}), z.object({ payment: z.string() }));
    expect(problemsWith(faultless)).toContainEqual({
      action: 'pay',
      problem: expect.stringContaining('action "pay" has no failure "declined"'),
    });
  });

  it('finds what an action behind it needs and it no longer sets, and blames the one that changed', () => {
    const idle = actionWith('reserve');
    expect(problemsWith(idle)).toEqual([
      { action: 'reserve', problem: expect.stringContaining('action "pay" needs "stock"') },
      { action: 'reserve', problem: expect.stringContaining('action "pay" needs "stock"') },
    ]);
  });

  it('blames nobody who is not hosted, or only comes later', () => {
    const idle = actionWith('reserve');
    expect(problemsWith(idle, ['ship'])).toEqual([]);
    expect(problemsWith(idle, ['elsewhere'])).toEqual([]);
  });

  it('cannot follow paths through an action that nobody ever hosted, and still sees its own failures', () => {
    const contracts = contractsOf(reserve, actionWith('pay'));
    expect(contractProblems(definition, contracts, new Set(['pay']))).toEqual([
      { action: 'pay', problem: expect.stringContaining('no failure "declined"') },
      { action: 'pay', problem: expect.stringContaining('no failure "declined"') },
    ]);
  });
});
