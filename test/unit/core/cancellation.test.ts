import { describe, expect, it } from '@jest/globals';
import {
  answerAtOnce,
  type CancelStanding,
  cancelRule,
  decideCancellation,
} from '../../../shared/core/cancellation.ts';
import type { UndoItem } from '../../../shared/core/compensation.ts';
import { chooseEdge } from '../../../shared/core/conditions.ts';
import { definitionWith } from '../../support/definitions.ts';

const definition = definitionWith({
  placed: { choices: [{ action: 'pay', to: 'paid' }], cancel: 'compensate' },
  paid: { choices: [{ action: 'ship', to: 'shipped' }], cancel: { to: 'returned' } },
  shipped: { choices: [{ action: 'deliver', to: 'done' }], cancel: { refuse: 'it is on its way' } },
  returned: {
    choices: [
      { when: 'weight > 10', action: 'fetch', to: 'done' },
      { action: 'receive', to: 'done' },
    ],
  },
  misled: { choices: [{ action: 'ship', to: 'done' }], cancel: { to: 'nowhere' } },
  done: { end: 'succeeded' },
});
const standing = (changed: Partial<CancelStanding> = {}): CancelStanding => ({
  definition,
  state: 'placed',
  next: { action: 'pay' },
  pinned: false,
  ...changed,
});
const plan: readonly UndoItem[] = [
  { step: 2, action: 'pay', performed: 'possibly' },
  { step: 1, action: 'reserve', performed: 'committed' },
];

describe('a request for cancellation', () => {
  it.each(['placed', 'paid'])('goes on where the state allows it (%s)', (state) => {
    expect(answerAtOnce(standing({ state }))).toBeUndefined();
  });

  it('is refused where the state refuses, with its reason; and where it says nothing', () => {
    expect(answerAtOnce(standing({ state: 'shipped' }))).toEqual({
      kind: 'refused',
      state: 'shipped',
      reason: 'it is on its way',
    });
    for (const state of ['returned', 'valueOf']) {
      expect(answerAtOnce(standing({ state }))).toMatchObject({
        kind: 'refused',
        reason: 'the definition allows no cancellation',
      });
    }
  });

  it('is not asked again where it is pinned', () => {
    expect(answerAtOnce(standing({ state: 'shipped', pinned: true }))).toBeUndefined();
  });

  it('is told by whom it was cancelled, also when that has come to its end', () => {
    const next = { end: 'cancelled' } as const;
    const undo = { left: [], end: 'cancelled' } as const;
    expect(answerAtOnce(standing({ next, undo, cancelledBy: 'other', pinned: true }))).toEqual({
      kind: 'already-cancelling',
      by: 'other',
    });
  });

  it.each([
    ['of its own', { next: { end: 'succeeded' } }],
    ['of its own, on the way that a cancellation led to', { next: { end: 'cancelled' } }],
    ['that a failure led to', { next: { end: 'failed' }, undo: { left: [], end: 'failed' } }],
    [
      'that an operator’s order led to',
      { next: { end: 'failed' }, undo: { left: [], end: 'failed' }, cancelledBy: 'o' },
    ],
  ] as const)('is too late at an end %s', (_, stands) => {
    expect(answerAtOnce(standing({ ...stands, pinned: true }))).toEqual({ kind: 'too-late', status: stands.next.end });
  });

  it('is told by whom it is being cancelled already, and refused on the way back from a failure', () => {
    const next = { compensate: 'pay', step: 1, performed: 'committed' } as const;
    const back = { next, undo: { left: plan, end: 'cancelled' }, pinned: true } as const;
    expect(answerAtOnce(standing({ ...back, cancelledBy: 'other' }))).toEqual({
      kind: 'already-cancelling',
      by: 'other',
    });
    expect(answerAtOnce(standing(back))).toMatchObject({ kind: 'refused', state: 'placed' });
  });

  it('is refused while an operator’s order leads back to a failure: nobody has cancelled it', () => {
    const next = { compensate: 'pay', step: 1, performed: 'committed' } as const;
    const back = { next, undo: { left: plan, end: 'failed' }, cancelledBy: 'order', pinned: true } as const;
    expect(answerAtOnce(standing(back))).toEqual({
      kind: 'refused',
      state: 'placed',
      reason: 'it is being undone by an operator’s order',
    });
  });

  it('is ruled by the state alone', () => {
    expect(['placed', 'paid', 'shipped'].map((state) => cancelRule(definition, state))).toEqual([
      'compensate',
      { to: 'returned' },
      { refuse: 'it is on its way' },
    ]);
  });
});

describe('an accepted cancellation', () => {
  const decide = (state: string, items = plan) =>
    decideCancellation(definition, { state, data: { weight: 11 } }, items, chooseEdge);

  it('leads back, step by step', () => {
    expect(decide('placed')).toEqual({
      kind: 'advance',
      changes: {},
      state: 'placed',
      data: { weight: 11 },
      next: { compensate: 'pay', step: 2, performed: 'possibly' },
      undo: { left: plan, end: 'cancelled' },
    });
  });

  it('ends at once where there is nothing to undo', () => {
    expect(decide('placed', [])).toMatchObject({ state: 'placed', next: { end: 'cancelled' }, undo: { left: [] } });
  });

  it('leads to the state that the rule names, and undoes nothing', () => {
    const decision = decide('paid');
    expect(decision).toMatchObject({ kind: 'advance', changes: {}, state: 'returned', next: { action: 'fetch' } });
    expect(decision).not.toHaveProperty('undo');
  });

  it('parks where the definition cannot be followed', () => {
    expect(decide('misled')).toMatchObject({ kind: 'park', code: 'definition-misfit' });
  });
});
