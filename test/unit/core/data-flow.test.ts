import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { Action } from '../../../shared/core/action.ts';
import { toJsonSchema } from '../../../shared/core/contract-schema.ts';
import { dataFlowProblems } from '../../../shared/core/data-flow.ts';
import type { Choice, StateDefinition } from '../../../shared/core/workflow-definition.ts';
import { actionWith, contractsOf, definitionWith } from '../../support/definitions.ts';

const done = { end: 'succeeded' } as const;
const needs = (shape: z.core.$ZodLooseShape, name = 'use'): Action => actionWith(name, z.object(shape));
const sets = (shape: z.core.$ZodLooseShape, name = 'set', failures: string[] = []): Action =>
  actionWith(name, z.object({}), z.object(shape), failures);

const problemsOf = (
  input: z.ZodObject,
  actions: readonly Action[],
  states: Readonly<Record<string, StateDefinition | readonly Choice[]>>,
): string[] => {
  const definition = definitionWith({ ...states, done }, { input: toJsonSchema(input, 'output') });
  return dataFlowProblems(definition, contractsOf(...actions)).map(({ text }) => text);
};

/** The problems of an action that comes first. */
const firstNeeds = (input: z.core.$ZodLooseShape, wanted: z.core.$ZodLooseShape): string[] =>
  problemsOf(z.object(input), [needs(wanted)], { placed: [{ action: 'use', to: 'done' }] });

const set = { action: 'set', to: 'ready' } as const;
const use = { action: 'use', to: 'done' } as const;

describe('what an action requires', () => {
  it("comes from the workflow's input, or from an action before it", () => {
    expect(firstNeeds({ id: z.string() }, { id: z.string() })).toEqual([]);
    expect(
      problemsOf(z.object({}), [sets({ id: z.string() }), needs({ id: z.string() })], { placed: [set], ready: [use] }),
    ).toEqual([]);
  });

  it('is missed where nothing sets it', () => {
    expect(firstNeeds({}, { id: z.string(), note: z.string().optional() })).toEqual([
      'State "placed": action "use" needs "id", which nothing sets: require it in the workflow\'s input, or let an action before this one set it.',
    ]);
  });

  it('is missed where it is set on one path only', () => {
    const states = {
      placed: [
        { when: 'true', action: 'set', to: 'ready' },
        { action: 'skip', to: 'ready' },
      ],
      ready: [use],
    };
    const skip = actionWith('skip');
    expect(problemsOf(z.object({}), [sets({ id: z.string() }), skip, needs({ id: z.string() })], states)).toEqual([
      expect.stringContaining(
        'State "ready": action "use" needs "id", which is not present on every path that leads here',
      ),
    ]);
    const both = sets({ id: z.string() }, 'skip');
    expect(problemsOf(z.object({}), [sets({ id: z.string() }), both, needs({ id: z.string() })], states)).toEqual([]);
  });

  it('is missed behind a failure: a failed action changes nothing', () => {
    const states = { placed: [{ ...set, onFailure: { broken: 'rescue' } }], ready: [{ ...use }], rescue: [use] };
    expect(
      problemsOf(z.object({}), [sets({ id: z.string() }, 'set', ['broken']), needs({ id: z.string() })], states),
    ).toEqual([expect.stringContaining('State "rescue": action "use" needs "id"')]);
  });

  it('is missed where it is set perhaps, and known where that only may replace it', () => {
    const perhaps = sets({ id: z.string().optional() });
    const states = { placed: [set], ready: [use] };
    expect(problemsOf(z.object({}), [perhaps, needs({ id: z.string() })], states).join()).toContain(
      'not present on every path',
    );
    expect(problemsOf(z.object({ id: z.string() }), [perhaps, needs({ id: z.string() })], states)).toEqual([]);
  });

  it('is known where a condition asks for it, on that way and behind it', () => {
    const input = z.object({ coupon: z.string().optional(), note: z.string().nullable() });
    const redeem = needs({ coupon: z.string() }, 'redeem');
    const again = needs({ coupon: z.string() }, 'again');
    const skip = actionWith('skip');
    const asked = {
      placed: [
        { when: 'has(coupon)', action: 'redeem', to: 'redeemed' },
        { action: 'skip', to: 'done' },
      ],
      redeemed: [{ action: 'again', to: 'done' }],
    };
    expect(problemsOf(input, [redeem, again, skip], asked)).toEqual([]);
    const askedTheOtherWay = {
      placed: [
        { when: '!has(coupon)', action: 'skip', to: 'done' },
        { action: 'redeem', to: 'done' },
      ],
    };
    expect(problemsOf(input, [redeem, skip], askedTheOtherWay)).toEqual([]);
    const notAsked = {
      placed: [
        { when: '!has(coupon)', action: 'redeem', to: 'done' },
        { action: 'skip', to: 'done' },
      ],
    };
    expect(problemsOf(input, [redeem, skip], notAsked).join()).toContain('action "redeem" needs "coupon"');
    const notNull = {
      placed: [
        { when: 'note != null', action: 'read', to: 'done' },
        { action: 'skip', to: 'done' },
      ],
    };
    expect(problemsOf(input, [needs({ note: z.string() }, 'read'), skip], notNull)).toEqual([]);
  });

  it('is there after a wait when whatever completes it sets it', () => {
    const waits = (changes: z.core.$ZodLooseShape, ...payloads: z.core.$ZodLooseShape[]): Action =>
      actionWith(
        'set',
        z.object({}),
        z.object(changes),
        [],
        Object.fromEntries(payloads.map((payload, index) => [`n${index}`, z.object(payload)])),
      );
    const id = { id: z.string() };
    const after = (action: Action) =>
      problemsOf(z.object({}), [action, needs(id)], { placed: [set], ready: [use] }).join();
    expect(after(waits(id))).toBe('');
    expect(after(waits(id, id, { ...id, note: z.string() }))).toBe('');
    expect(after(waits(id, { note: z.string() }))).toContain('"id", which is not present on every path');
    expect(after(waits({}, id))).toContain('"id", which is not present on every path');
    expect(after(waits(id, { id: z.number() }))).toContain('"id" as string, but it may be number here');
  });

  it('is missed where a cancellation leads: the cancelled action has set nothing', () => {
    const states = (cancelIn: 'placed' | 'ready') => ({
      placed: { choices: [set], ...(cancelIn === 'placed' ? { cancel: { to: 'back' } } : {}) },
      ready: { choices: [{ action: 'skip', to: 'done' }], ...(cancelIn === 'ready' ? { cancel: { to: 'back' } } : {}) },
      back: [use],
    });
    const actions = [sets({ id: z.string() }), needs({ id: z.string() }), actionWith('skip')];
    expect(problemsOf(z.object({}), actions, states('ready'))).toEqual([]);
    expect(problemsOf(z.object({}), actions, states('placed'))).toEqual([
      expect.stringContaining('State "back": action "use" needs "id", which nothing sets'),
    ]);
  });

  it('is missed where a cancellation leads, though a condition had proved it: any choice can be cancelled', () => {
    const states = {
      placed: {
        choices: [
          { when: 'has(id)', ...use },
          { action: 'skip', to: 'done' },
        ],
        cancel: { to: 'back' },
      },
      back: [use],
    };
    expect(
      problemsOf(z.object({ id: z.string().optional() }), [needs({ id: z.string() }), actionWith('skip')], states),
    ).toEqual([expect.stringContaining('State "back": action "use" needs "id"')]);
  });

  it.each<[string, z.core.$ZodLooseShape, z.core.$ZodLooseShape, string]>([
    ['another type', { id: z.number() }, { id: z.string() }, '"id" as string, but it may be number here'],
    [
      'one of two types',
      { id: z.union([z.string(), z.number()]) },
      { id: z.string() },
      '"id" as string, but it may be number here',
    ],
    [
      'a type that may be null',
      { id: z.string().nullable() },
      { id: z.string() },
      'but it may be null here: choose by id != null',
    ],
    [
      'another type of items',
      { ids: z.array(z.number()) },
      { ids: z.array(z.string()) },
      '"ids[]" as string, but it may be number',
    ],
    [
      'another type further down',
      { a: z.object({ b: z.number() }) },
      { a: z.object({ b: z.string() }) },
      '"a.b" as string',
    ],
    ['nothing further down', { a: z.object({}) }, { a: z.object({ b: z.string() }) }, '"a.b", which nothing sets'],
    [
      'perhaps nothing further down',
      { a: z.object({ b: z.string().optional() }) },
      { a: z.object({ b: z.string() }) },
      '"a.b", which is not present on every path',
    ],
    [
      'a field too many for a strict object',
      { a: z.object({ b: z.string() }) },
      { a: z.strictObject({}) },
      '"a" without "b", which it does not declare',
    ],
    [
      'a value of another type',
      { kind: z.literal('a') },
      { kind: z.number() },
      '"kind" as number, but it may be string',
    ],
  ])('does not fit %s', (_, input, wanted, problem) => {
    expect(firstNeeds(input, wanted)).toEqual([expect.stringContaining(problem)]);
  });

  it.each<[string, z.core.$ZodLooseShape, z.core.$ZodLooseShape]>([
    ['a whole number for a number', { n: z.int() }, { n: z.number() }],
    ['a type that more is known of', { k: z.enum(['a']) }, { k: z.string() }],
    ['one type of several that are taken', { k: z.string() }, { k: z.union([z.string(), z.number()]).nullable() }],
    ['what states no type', { k: z.unknown() }, { k: z.string() }],
    ['what wants no type', { k: z.string() }, { k: z.unknown() }],
    ['a field too many for an object', { a: z.object({ b: z.string() }) }, { a: z.object({}) }],
    ['a record', { r: z.record(z.string(), z.number()) }, { r: z.record(z.string(), z.number()) }],
  ])('fits %s', (_, input, wanted) => {
    expect(firstNeeds(input, wanted)).toEqual([]);
  });

  it('has the type that the last change gave it', () => {
    const states = { placed: [set], ready: [use] };
    const input = z.object({ id: z.number() });
    expect(problemsOf(input, [sets({ id: z.string() }), needs({ id: z.string() })], states)).toEqual([]);
    expect(
      problemsOf(input, [sets({ id: z.string().optional() }), needs({ id: z.string() })], states).join(),
    ).toContain('"id" as string, but it may be number');
  });

  it('is not trusted where the input is open, so that an undeclared field could stand in its place', () => {
    const open = z.looseObject({});
    const states = {
      placed: [set],
      ready: [
        { when: 'has(id) && id == "x"', ...use },
        { action: 'skip', to: 'done' },
      ],
    };
    const actions = [sets({ id: z.string().optional() }), actionWith('use'), actionWith('skip')];
    expect(problemsOf(open, actions, states)).toEqual([expect.stringContaining('the type of "id" is not stated')]);
    expect(problemsOf(z.object({}), actions, states)).toEqual([]);
  });
});

describe('what a condition reads', () => {
  it('must be known on every path that leads to it', () => {
    const states = {
      placed: [
        { when: 'true', action: 'set', to: 'ready' },
        { action: 'skip', to: 'ready' },
      ],
      ready: [
        { when: 'score > 5', ...use },
        { action: 'skip', to: 'done' },
      ],
    };
    const actions = [sets({ score: z.number() }), actionWith('skip'), actionWith('use')];
    expect(problemsOf(z.object({}), actions, states)).toEqual([
      'State "ready": Condition "score > 5": "score" may be absent here: write has(score) && … before it.',
    ]);
    expect(problemsOf(z.object({ score: z.number() }), actions, states)).toEqual([]);
    expect(problemsOf(z.object({ score: z.string() }), actions, states).join()).toContain(
      '"score" is number or string',
    );
  });

  it('must not cost too much, all conditions of a state together', () => {
    const input = z.object({ text: z.string() });
    const when = (letter: string) => `text.contains("${letter.repeat(250)}")`;
    const choices = (count: number): Choice[] => [
      ...Array.from({ length: count }, (_, index) => ({
        when: when('abcdef'.charAt(index)),
        action: `a${index}`,
        to: 'done',
      })),
      { action: 'use', to: 'done' },
    ];
    const actions = [actionWith('use'), ...Array.from({ length: 5 }, (_, index) => actionWith(`a${index}`))];
    expect(problemsOf(input, actions, { placed: choices(1) })).toEqual([]);
    expect(problemsOf(input, actions, { placed: choices(5) })).toEqual([
      expect.stringContaining('State "placed": its conditions together may take too long on large data'),
    ]);
  });
});
