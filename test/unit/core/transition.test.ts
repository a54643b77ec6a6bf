import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { Undo } from '../../../shared/core/compensation.ts';
import { chooseEdge } from '../../../shared/core/conditions.ts';
import { LIMITS } from '../../../shared/core/limits.ts';
import { completed, failed, retry, waiting } from '../../../shared/core/outcome.ts';
import {
  edgeOf,
  enter,
  type Performed,
  type Turn,
  transition,
  transitionBack,
} from '../../../shared/core/transition.ts';
import { definitionWith } from '../../support/definitions.ts';

const definition = definitionWith({
  placed: [{ action: 'pack', to: 'packed', onFailure: { refused: 'declined', late: 'packed', spoilt: 'compensate' } }],
  packed: [
    { when: 'weight > 10', action: 'ship', to: 'sent' },
    { action: 'send', to: 'sent' },
  ],
  stuck: [{ action: 'pack', to: 'broken', onFailure: { refused: 'nowhere' } }],
  broken: [{ when: 'weight > 10', action: 'ship', to: 'sent' }],
  sent: { end: 'succeeded' },
  declined: { end: 'failed' },
});

const RETRY = { maxAttempts: 3, backoffMs: 1_000, maxBackoffMs: 60_000 };
const turn = (changed: Partial<Turn> = {}): Turn => ({
  definition,
  state: 'placed',
  action: 'pack',
  data: { weight: 5, colour: 'red' },
  failures: 0,
  retry: RETRY,
  random: 0.5,
  now: 1_000_000,
  ...changed,
});
const decide = (performed: Performed, changed: Partial<Turn> = {}) => transition(turn(changed), performed, chooseEdge);
const timedOut: Performed = { kind: 'threw', code: 'action-timed-out', reason: 'too slow' };

describe('a completed action', () => {
  it('sets its changes in the data and leads along its edge', () => {
    expect(decide(completed({ colour: 'blue', box: 7 }))).toEqual({
      kind: 'advance',
      changes: { colour: 'blue', box: 7 },
      state: 'packed',
      data: { weight: 5, colour: 'blue', box: 7 },
      next: { action: 'send' },
    });
  });

  it('leads on by what the data says after it, not before it', () => {
    expect(decide(completed({ weight: 11 }))).toMatchObject({ next: { action: 'ship' } });
  });

  it('ends the workflow where its state is an end', () => {
    expect(decide(completed({}), { state: 'packed', action: 'send' })).toMatchObject({
      state: 'sent',
      next: { end: 'succeeded' },
    });
  });

  it('leaves the data that it was given as it was', () => {
    const data = { weight: 5 };
    decide(completed({ weight: 6 }), { data });
    expect(data).toEqual({ weight: 5 });
  });

  it('parks when the data has grown beyond the limit, and not at it', () => {
    const frame = JSON.stringify({ weight: 5, colour: 'red', text: '' }).length;
    const fill = (bytes: number) => decide(completed({ text: 'x'.repeat(bytes - frame) }));
    expect(fill(LIMITS.dataBytes).kind).toBe('advance');
    expect(fill(LIMITS.dataBytes + 1)).toEqual({
      kind: 'park',
      code: 'data-too-large',
      reason: 'The data has 65537 bytes after action "pack"; the limit is 65536.',
    });
  });
});

describe('a declared failure', () => {
  it('may lead back, from where the workflow stands', () => {
    expect(decide(failed('spoilt', 'wet'))).toEqual({
      kind: 'begin-compensation',
      failure: { code: 'spoilt', message: 'wet' },
      state: 'placed',
      data: { weight: 5, colour: 'red' },
    });
  });

  it('leads along its own edge, changes nothing, and is kept with its text cut', () => {
    expect(decide(failed('refused', 'no '.repeat(200)))).toEqual({
      kind: 'advance',
      changes: {},
      failure: { code: 'refused', message: expect.stringMatching(/^(no )+n?o?…$/) },
      state: 'declined',
      data: { weight: 5, colour: 'red' },
      next: { end: 'failed' },
    });
  });

  it('may lead back onto the line', () => {
    expect(decide(failed('late'))).toMatchObject({ state: 'packed', next: { action: 'send' } });
  });

  it.each(['unforeseen', 'constructor', 'toString'])('parks when the definition has no state for it: %s', (code) => {
    expect(decide(failed(code, 'why'))).toEqual({
      kind: 'park',
      code: 'failure-unhandled',
      reason: `Action "pack" failed with "${code}", and the definition names no state for it: why`,
    });
  });
});

describe('an attempt that failed', () => {
  it.each<[string, Performed, string]>([
    ['asked for a retry', retry('busy'), 'action-asked'],
    ['threw', { kind: 'threw', code: 'action-threw', reason: 'busy' }, 'action-threw'],
    ['timed out', { kind: 'threw', code: 'action-timed-out', reason: 'busy' }, 'action-timed-out'],
  ])('%s: is repeated after the backoff, counted, with its code and reason', (_, performed, code) => {
    expect(decide(performed, { failures: 1 })).toEqual({
      kind: 'schedule-retry',
      code,
      reason: 'busy',
      failures: 2,
      delayMs: 1_000, // half of the second bound
    });
  });

  it('waits as long as it asked for, also for no time, in place of the backoff', () => {
    expect(decide(retry('busy', { afterMs: 123_456 }))).toMatchObject({ delayMs: 123_456 });
    expect(decide(retry('busy', { afterMs: 0 }))).toMatchObject({ delayMs: 0 });
  });

  it('parks at the last attempt of the budget, however it failed', () => {
    for (const performed of [retry('busy', { afterMs: 5 }), timedOut]) {
      expect(decide(performed, { failures: 1 }).kind).toBe('schedule-retry');
      expect(decide(performed, { failures: 2 })).toMatchObject({ kind: 'park', code: 'retries-exhausted' });
      // A policy that became stricter finds more failures than it allows.
      expect(decide(performed, { failures: 9 })).toMatchObject({ kind: 'park', code: 'retries-exhausted' });
    }
  });

  it('says how many attempts failed, and the last reason', () => {
    expect(decide(retry('busy'), { failures: 2 })).toMatchObject({
      reason: '3 of 3 attempts failed; the last one: busy',
    });
  });

  it('parks as unknown when the only attempt allowed timed out; a failure that is known is a failure', () => {
    const once = { retry: { ...RETRY, maxAttempts: 1 } };
    expect(decide(timedOut, once)).toMatchObject({ kind: 'park', code: 'outcome-unknown' });
    expect(decide(retry('busy'), once)).toMatchObject({ kind: 'park', code: 'retries-exhausted' });
    expect(decide(timedOut, { failures: 2 })).toMatchObject({ kind: 'park', code: 'retries-exhausted' });
  });
});

describe('what is no outcome', () => {
  it('parks at once what breaks the contract, whatever is left of the budget', () => {
    expect(decide({ kind: 'broken', code: 'outcome-invalid', reason: 'a text' })).toEqual({
      kind: 'park',
      code: 'outcome-invalid',
      reason: 'a text',
    });
  });

  it('keeps a reason that fits a line', () => {
    const reason = 'x'.repeat(1_000);
    const decision = decide({ kind: 'broken', code: 'outcome-invalid', reason });
    expect(decision).toMatchObject({ reason: expect.stringMatching(/^x{253}…$/) });
  });

  it('gives back what was interrupted, and spends nothing', () => {
    expect(decide({ kind: 'interrupted' }, { failures: 2 })).toEqual({ kind: 'release' });
  });
});

describe('a definition that cannot be followed', () => {
  it.each<[string, string, Performed, Partial<Turn>]>([
    ['no edge of that action', 'definition-misfit', completed({}), { action: 'ship' }],
    ['no edge of that action, for a failure', 'definition-misfit', failed('refused'), { action: 'ship' }],
    ['a state that there is not', 'definition-misfit', completed({}), { state: 'constructor' }],
    ['an end, which has no edges', 'definition-misfit', completed({}), { state: 'sent' }],
    ['a target that there is not', 'definition-misfit', failed('refused'), { state: 'stuck' }],
    ['no condition that holds', 'condition-failed', completed({}), { state: 'stuck' }],
  ])('parks the workflow instead of throwing: %s: %s', (_, code, performed, changed) => {
    expect(decide(performed, changed)).toMatchObject({ kind: 'park', code });
  });

  it('does not hide a mistake of the engine', () => {
    const broken = (): never => {
      throw new TypeError('a mistake');
    };
    expect(() => transition(turn(), completed({}), broken)).toThrow(TypeError);
  });
});

describe('entering a state', () => {
  it('finds the action that the conditions choose, or the end', () => {
    expect(enter(definition, 'packed', { weight: 11 }, chooseEdge)).toEqual({
      state: 'packed',
      data: { weight: 11 },
      next: { action: 'ship' },
    });
    expect(enter(definition, 'declined', {}, chooseEdge).next).toEqual({ end: 'failed' });
    expect(() => enter(definition, 'hasOwnProperty', {}, chooseEdge)).toThrow('there is no such state');
  });

  it('knows the edge by state and action', () => {
    expect(edgeOf(definition, 'packed', 'ship')?.to).toBe('sent');
    expect(edgeOf(definition, 'packed', 'pack')).toBeUndefined();
    expect(edgeOf(definition, 'sent', 'pack')).toBeUndefined();
  });
});

describe('undoing a step', () => {
  const undo = {
    left: [
      { step: 2, action: 'pack', performed: 'possibly' },
      { step: 1, action: 'send', performed: 'committed' },
    ],
    end: 'cancelled',
  } as const;
  const back = (performed: Performed, changed: Partial<Turn> = {}, left: Undo = undo) =>
    transitionBack(turn(changed), left, performed);

  it('leads on to the next that is left, and leaves the workflow where it stands', () => {
    expect(back(completed({}))).toEqual({
      kind: 'advance',
      changes: {},
      state: 'placed',
      data: { weight: 5, colour: 'red' },
      next: { compensate: 'send', step: 1, performed: 'committed' },
      undo: { left: undo.left.slice(1), end: 'cancelled' },
    });
  });

  it.each(['cancelled', 'failed'] as const)('ends the workflow when it was the last (%s)', (end) => {
    const last = { left: undo.left.slice(1), end };
    expect(back(completed({}), {}, last)).toMatchObject({ next: { end }, undo: { left: [] } });
  });

  it('is repeated and given up on like any attempt', () => {
    expect(back(retry('busy'))).toMatchObject({ kind: 'schedule-retry', code: 'action-asked', failures: 1 });
    expect(back(timedOut, { failures: 2 })).toMatchObject({ kind: 'park', code: 'retries-exhausted' });
    expect(back({ kind: 'interrupted' })).toEqual({ kind: 'release' });
  });

  it('may be repeated though the action may not', () => {
    const once = { retry: { ...RETRY, maxAttempts: 1 } };
    expect(back(timedOut, once)).toMatchObject({ kind: 'schedule-retry' });
    expect(back(timedOut, { ...once, failures: 7 })).toMatchObject({ kind: 'park', code: 'retries-exhausted' });
  });

  it.each<[string, Performed]>([
    ['a failure', failed('refused')],
    ['a wait', waiting({ poll: '1s' })],
  ])('parks on %s, which compensate may not say', (_, performed) => {
    expect(back(performed)).toMatchObject({ kind: 'park', code: 'outcome-invalid' });
  });
});

describe('any outcome of any turn', () => {
  const text = fc.string({ maxLength: 400, unit: 'binary' });
  const changes = fc.dictionary(fc.string({ maxLength: 8 }), fc.oneof(fc.integer(), fc.string()), { maxKeys: 4 });
  const anyPerformed: fc.Arbitrary<Performed> = fc.oneof(
    changes.map((fields) => completed(fields)),
    fc
      .tuple(fc.constantFrom('refused', 'late', 'spoilt', 'other', '__proto__'), text)
      .map(([code, why]) => failed(code, why)),
    fc.tuple(text, fc.nat()).map(([reason, afterMs]) => retry(reason, { afterMs })),
    text.map((reason) => retry(reason)),
    text.map((reason): Performed => ({ kind: 'threw', code: 'action-threw', reason })),
    text.map((reason): Performed => ({ kind: 'threw', code: 'action-timed-out', reason })),
    text.map((reason): Performed => ({ kind: 'broken', code: 'outcome-invalid', reason })),
    fc.constant<Performed>({ kind: 'interrupted' }),
    fc.constantFrom<Performed>(waiting({ poll: '1s' }), waiting({ until: '1s', otherwise: 'late' })),
  );
  const anyTurn = fc.record({
    state: fc.constantFrom(...Object.keys(definition.states), '__proto__', 'none'),
    action: fc.constantFrom('pack', 'ship', 'send', 'valueOf'),
    data: changes.map((fields) => ({ weight: 5, ...fields })),
    failures: fc.nat({ max: 20 }),
    maxAttempts: fc.integer({ min: 1, max: 20 }),
    random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  });

  it('is one decision, the same each time, and texts that fit a line', () => {
    fc.assert(
      fc.property(anyTurn, anyPerformed, ({ maxAttempts, ...changed }, performed) => {
        const full = { ...changed, retry: { ...RETRY, maxAttempts } };
        const decision = decide(performed, full);
        expect(decide(performed, full)).toEqual(decision);
        const bytes = 'reason' in decision ? Buffer.byteLength(decision.reason) : 0;
        expect(bytes).toBeLessThanOrEqual(LIMITS.textBytes);
        switch (decision.kind) {
          case 'advance':
            expect(['completed', 'failed']).toContain(performed.kind);
            return expect(Object.hasOwn(definition.states, decision.state)).toBe(true);
          case 'schedule-retry':
            expect(decision.failures).toBe(full.failures + 1);
            return expect(decision.failures).toBeLessThan(maxAttempts);
          case 'park':
            return expect(performed.kind).not.toBe('interrupted');
          case 'release':
            return expect(performed.kind).toBe('interrupted');
          case 'begin-wait':
            return expect(performed.kind).toBe('waiting');
          case 'begin-compensation':
            expect(performed).toMatchObject({ kind: 'failed', code: 'spoilt' });
            return expect(decision).toMatchObject({ state: full.state, data: full.data });
        }
      }),
    );
  });
});
