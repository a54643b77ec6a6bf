import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  type AttemptTrace,
  nextUndo,
  planCompensation,
  type StepTrace,
  type Undo,
  undone,
} from '../../../shared/core/compensation.ts';

const all = (): boolean => true;
const attempt = (fate?: string, kind: AttemptTrace['kind'] = 'run'): AttemptTrace => ({
  kind,
  action: 'pay',
  ...(fate ? { fate } : {}),
});
const committed = (step: number, action: string): StepTrace => ({
  step,
  attempts: [{ kind: 'run', action }],
  decision: { kind: 'run', action },
});
const open = (step: number, ...attempts: AttemptTrace[]): StepTrace => ({ step, attempts });

describe('the plan of compensation', () => {
  it('is what was committed, newest first', () => {
    expect(planCompensation([committed(1, 'reserve'), committed(2, 'pay'), open(3)], all)).toEqual([
      { step: 2, action: 'pay', performed: 'committed' },
      { step: 1, action: 'reserve', performed: 'committed' },
    ]);
  });

  it('leaves out what an action cannot undo', () => {
    const plan = planCompensation([committed(1, 'reserve'), committed(2, 'pay')], (action) => action === 'reserve');
    expect(plan).toEqual([{ step: 1, action: 'reserve', performed: 'committed' }]);
  });

  it.each(['failed', 'released', 'waiting', 'parked', 'void', undefined])(
    'begins with the undecided step when an attempt of it may have acted (%p)',
    (fate) => {
      const steps = [committed(1, 'reserve'), open(2, attempt('withheld'), attempt(fate))];
      expect(planCompensation(steps, all)).toEqual([
        { step: 2, action: 'pay', performed: 'possibly' },
        { step: 1, action: 'reserve', performed: 'committed' },
      ]);
    },
  );

  it('passes over an undecided step that was withheld, or only numbered', () => {
    const attempts = [attempt('withheld'), attempt('released', 'operator'), attempt('released', 'cancel')];
    expect(planCompensation([open(1, ...attempts)], all)).toEqual([]);
  });

  it('has a step that a cancellation decided, when its action may have acted before the way went on from there', () => {
    const cancelled: StepTrace = {
      step: 1,
      attempts: [attempt('failed'), attempt('released', 'cancel')],
      decision: { kind: 'cancel', action: 'pay' },
    };
    expect(planCompensation([cancelled, committed(2, 'take-back')], all)).toEqual([
      { step: 2, action: 'take-back', performed: 'committed' },
      { step: 1, action: 'pay', performed: 'possibly' },
    ]);
  });

  it('passes over a declared failure, unless only the time of a wait brought it', () => {
    const failed = (step: number, by?: string): StepTrace => ({
      step,
      attempts: [attempt('waiting')],
      decision: { kind: 'run', action: 'pay', failure: { code: 'unpaid' }, ...(by ? { by } : {}) },
    });
    expect(planCompensation([failed(1), failed(2, 'poll'), failed(3, 'deadline')], all)).toEqual([
      { step: 3, action: 'pay', performed: 'possibly' },
    ]);
  });

  it('has nothing of the way back itself', () => {
    const back: StepTrace = { step: 2, attempts: [attempt()], decision: { kind: 'compensate', action: 'pay' } };
    expect(planCompensation([committed(1, 'pay'), back], all)).toHaveLength(1);
  });

  it('has each step once at most, newest first, all that are committed, and nothing that cannot be undone', () => {
    const anAttempt = fc.record({
      kind: fc.constantFrom('run', 'operator', 'cancel', 'compensate'),
      action: fc.constantFrom('a', 'b'),
      fate: fc.constantFrom('failed', 'released', 'withheld', 'waiting', 'void', 'parked'),
    } as const);
    const aDecision = fc.record(
      {
        kind: fc.constantFrom('run', 'cancel', 'compensate'),
        action: fc.constantFrom('a', 'b'),
        failure: fc.constant('f'),
        by: fc.constantFrom('poll', 'deadline', 'notification'),
      } as const,
      { requiredKeys: ['kind', 'action'] },
    );
    const aStep = fc.record({ attempts: fc.array(anAttempt), decision: aDecision }, { requiredKeys: ['attempts'] });
    const history = fc
      .array(aStep, { maxLength: 12 })
      .map((steps) => steps.map((step, index): StepTrace => ({ step: index + 1, ...step })))
      .chain((steps) => fc.shuffledSubarray(steps, { minLength: steps.length }));
    fc.assert(
      fc.property(history, (steps) => {
        const plan = planCompensation(steps, (action) => action === 'a');
        const order = plan.map(({ step }) => step);
        expect(order).toEqual([...new Set(order)].sort((left, right) => right - left));
        expect(plan.every(({ action }) => action === 'a')).toBe(true);
        const undoable = steps.filter(
          ({ decision }) => decision?.kind === 'run' && decision.failure === undefined && decision.action === 'a',
        );
        const certain = plan.filter(({ performed }) => performed === 'committed');
        expect(new Set(certain.map(({ step }) => step))).toEqual(new Set(undoable.map(({ step }) => step)));
      }),
    );
  });
});

describe('the way back', () => {
  it('undoes each item of the plan once, in its order, and then ends as it began to', () => {
    const plan = fc.array(
      fc.record({
        step: fc.integer({ min: 1, max: 500 }),
        action: fc.constantFrom('a', 'b'),
        performed: fc.constantFrom('committed', 'possibly'),
      } as const),
    );
    fc.assert(
      fc.property(plan, fc.constantFrom('cancelled', 'failed'), (left, end) => {
        const walked = [];
        let undo: Undo = { left, end };
        for (let next = nextUndo(undo); 'compensate' in next; undo = undone(undo), next = nextUndo(undo)) {
          walked.push({ step: next.step, action: next.compensate, performed: next.performed });
        }
        expect(walked).toEqual(left);
        expect(nextUndo(undo)).toEqual({ end });
      }),
    );
  });
});
