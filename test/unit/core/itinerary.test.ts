import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { edgesFrom } from '../../../shared/core/graph.ts';
import { stepProblem, undoProblem } from '../../../shared/core/itinerary.ts';
import { COMPENSATE, isEnd, type WorkflowDefinition } from '../../../shared/core/workflow-definition.ts';
import { definitionWith } from '../../support/definitions.ts';

/** `placed` → (`reserved`) → `paid` → `done`; a failure goes to `declined`. Reserving may be left out, or take two steps. */
const definition = definitionWith({
  placed: [
    { when: 'small', action: 'pay', to: 'paid' },
    { action: 'reserve', to: 'reserved', onFailure: { gone: 'declined' } },
  ],
  reserved: [
    { when: 'large', action: 'review', to: 'constructor' },
    { action: 'pay', to: 'paid' },
  ],
  constructor: [{ action: 'pay', to: 'paid' }],
  paid: [{ action: 'ship', to: 'done' }],
  done: { end: 'succeeded' },
  declined: { end: 'failed' },
});

describe('a step that a message tells of', () => {
  it.each([
    { state: 'placed', action: 'pay', step: 1 },
    { state: 'placed', action: 'reserve', step: 1 },
    { state: 'reserved', action: 'review', step: 2 },
    { state: 'constructor', action: 'pay', step: 3 },
    { state: 'paid', action: 'ship', step: 2 },
    { state: 'paid', action: 'ship', step: 3 },
    { state: 'paid', action: 'ship', step: 4 },
  ])('may be %p', (step) => {
    expect(stepProblem(definition, step)).toBeUndefined();
  });

  it.each([
    [{ state: 'shipped', action: 'ship', step: 1 }, 'state: order version 1 has no state "shipped"'],
    [{ state: 'prototype', action: 'ship', step: 1 }, 'state: order version 1 has no state "prototype"'],
    [{ state: 'done', action: 'ship', step: 5 }, 'state: "done" is an end of order version 1'],
    [{ state: 'paid', action: 'pay', step: 2 }, 'action: state "paid" of order version 1 does not offer "pay"'],
    [{ state: 'placed', action: 'pay', step: 2 }, 'step: 2, but state "placed" of order version 1 is left by step 1'],
    [{ state: 'paid', action: 'ship', step: 1 }, 'step: 1, but state "paid" of order version 1 is left by step 2 to 4'],
    [
      { state: 'paid', action: 'ship', step: 500 },
      'step: 500, but state "paid" of order version 1 is left by step 2 to 4',
    ],
  ])('cannot be %p', (step, problem) => {
    expect(stepProblem(definition, step)).toBe(problem);
  });

  it('may be of a state that is called as every object has something: only what the definition has itself counts', () => {
    const without = definitionWith({ placed: [{ action: 'ship', to: 'done' }], done: { end: 'succeeded' } });
    expect(stepProblem(without, { state: 'constructor', action: 'ship', step: 1 })).toMatch(/^state: /);
  });

  it.each([
    // In `placed` only step 1 can have been cancelled; in `paid` the steps 2 to 4.
    { state: 'placed', action: 'reserve', undoes: 1, step: 2 },
    { state: 'paid', action: 'reserve', undoes: 1, step: 3 },
    { state: 'paid', action: 'ship', undoes: 4, step: 8 },
  ])('may be undone as %p', (claimed) => {
    expect(undoProblem(definition, claimed)).toBeUndefined();
  });

  it.each([
    ['state: ', { state: 'done', action: 'ship', undoes: 1, step: 5 }],
    ['state: ', { state: 'valueOf', action: 'ship', undoes: 1, step: 5 }],
    ['step: 1, ', { state: 'placed', action: 'reserve', undoes: 1, step: 1 }],
    ['step: 3, ', { state: 'placed', action: 'reserve', undoes: 1, step: 3 }],
    ['step: 9, ', { state: 'paid', action: 'ship', undoes: 4, step: 9 }],
    ['undoes.step: 3, ', { state: 'paid', action: 'ship', undoes: 3, step: 3 }],
    [
      'undoes.step: 2 of order version 1 cannot be of action "reserve"',
      { state: 'paid', action: 'reserve', undoes: 2, step: 5 },
    ],
  ])('cannot be undone: %s%p', (problem, claimed) => {
    expect(undoProblem(definition, claimed)).toContain(problem);
  });

  it('is possible wherever a workflow can really come', () => {
    const states = 8;
    const target = (from: number) =>
      fc.integer({ min: from + 1, max: states }).map((to) => (to === states ? 'done' : `s${to}`));
    const anyDefinition = fc
      .tuple(
        ...Array.from({ length: states }, (_, from) =>
          fc.tuple(target(from), target(from), target(from), target(from)),
        ),
      )
      .map(
        (targets): WorkflowDefinition =>
          definitionWith(
            Object.fromEntries([
              ...targets.map(([one, other, failed, cancelled], from) => [
                `s${from}`,
                {
                  choices: [
                    { when: 'true', action: 'a', to: one },
                    { action: 'b', to: other, onFailure: { failed, late: COMPENSATE } },
                  ],
                  cancel: { to: cancelled },
                },
              ]),
              ['done', { end: 'succeeded' }],
            ]),
            { initial: 's0' },
          ),
      );
    fc.assert(
      fc.property(anyDefinition, fc.infiniteStream(fc.nat(2)), (any, chance) => {
        let step = 1;
        const done: { action: string; step: number }[] = [];
        for (let state = any.initial; ; step++) {
          const at = any.states[state];
          if (!at || isEnd(at)) return;
          const edges = edgesFrom(any, state);
          const edge = edges[chance.next().value % edges.length];
          if (!edge) throw new Error(`no way out of ${state}`);
          for (const { action } of at.choices) {
            expect(stepProblem(any, { state, action, step })).toBeUndefined();
            expect(stepProblem(any, { state, action, step: states + 1 })).toMatch(/^step: /);
            done.push({ action, step });
          }
          // Cancelled here, all of it can be undone, this step included.
          done.forEach(({ action, step: undoes }, index) => {
            const claimed = { state, action, undoes, step: step + 1 + (index % step) };
            expect(undoProblem(any, claimed)).toBeUndefined();
          });
          state = edge.to;
        }
      }),
    );
  });
});
