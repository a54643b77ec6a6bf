import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { z } from 'zod';
import { chooseEdge } from '../../../shared/core/conditions.ts';
import { toJsonSchema } from '../../../shared/core/contract-schema.ts';
import { checkDefinition } from '../../../shared/core/definition-checks.ts';
import { Refused } from '../../../shared/core/errors.ts';
import { cancelTarget } from '../../../shared/core/graph.ts';
import type { JsonObject } from '../../../shared/core/json.ts';
import type { Choice, WorkflowDefinition } from '../../../shared/core/workflow-definition.ts';
import { actionWith, contractsOf, definitionWith } from '../../support/definitions.ts';

/**
 * What the checks are for: a definition that they accept never meets data that its conditions or its actions cannot take,
 * whatever the start event brings, whatever the actions set, and however they fail.
 */
const TYPES: Record<string, { schema: z.ZodType; value: fc.Arbitrary<unknown> }> = {
  text: { schema: z.string(), value: fc.string({ maxLength: 3 }) },
  number: { schema: z.number(), value: fc.integer({ min: -2, max: 2 }) },
  nullable: { schema: z.string().nullable(), value: fc.option(fc.string({ maxLength: 3 })) },
  either: { schema: z.union([z.string(), z.number()]), value: fc.oneof(fc.string(), fc.integer()) },
  list: { schema: z.array(z.number()), value: fc.array(fc.integer(), { maxLength: 3 }) },
  object: {
    schema: z.object({ n: z.number(), s: z.string().optional() }),
    value: fc.record({ n: fc.integer(), s: fc.string() }, { requiredKeys: ['n'] }),
  },
};
/** The type that a field mostly has. */
const FIELDS: Record<string, string> = { x: 'nullable', y: 'list', z: 'number' };
const CONDITIONS = [
  'has(x)',
  '!has(x)',
  'x != null',
  'x == null || x.startsWith("a")',
  'has(x) && x != null && size(x) > 1',
  'has(x) && x.n > 0',
  'has(y) && y.exists(i, i > 0)',
  'y.all(i, i > 0)',
  '!has(y) || !has(z) || z in y',
  'z > 0',
  'has(z) ? z > 0 : has(x)',
  'true',
];

interface Shape {
  readonly [field: string]: { readonly type: string; readonly optional: boolean };
}
const seldom = fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });
const fieldOf = (usual: string) =>
  fc.record({
    type: fc.oneof(
      { weight: 9, arbitrary: fc.constant(usual) },
      { weight: 1, arbitrary: fc.constantFrom(...Object.keys(TYPES)) },
    ),
    optional: seldom,
  });
const shape = (fewest: number): fc.Arbitrary<Shape> =>
  fc
    .subarray(Object.entries(FIELDS), { minLength: fewest })
    .chain((fields) => fc.record(Object.fromEntries(fields.map(([name, usual]) => [name, fieldOf(usual)]))));

const typeOf = (type: string) => TYPES[type] ?? { schema: z.never(), value: fc.constant(null) };
/** Makes each thing once: most of the time would go into the same schemas. */
const remembered = <Key, Made>(make: (key: Key) => Made): ((key: Key) => Made) => {
  const made = new Map<string, Made>();
  return (key) => {
    const text = JSON.stringify(key);
    const known = made.get(text) ?? make(key);
    made.set(text, known);
    return known;
  };
};
const schemaOf = remembered(
  (fields: Shape): z.ZodObject =>
    z.object(
      Object.fromEntries(
        Object.entries(fields).map(([name, { type, optional }]) => {
          const { schema } = typeOf(type);
          return [name, optional ? schema.optional() : schema];
        }),
      ),
    ),
);
const inputOf = remembered((fields: Shape) => toJsonSchema(schemaOf(fields), 'output'));
/** What an action needs, and what each way to complete it sets: the first by itself, the others by a notification. */
type Spec = readonly [wants: Shape, ...sets: readonly [Shape, ...Shape[]]];
const actionOf = remembered(([name, [wants, sets, ...told]]: readonly [string, Spec]) =>
  actionWith(
    name,
    schemaOf(wants),
    schemaOf(sets),
    ['broken'],
    Object.fromEntries(told.map((payload, index) => [`n${index}`, schemaOf(payload)])),
  ),
);
const valueOf = (fields: Shape): fc.Arbitrary<JsonObject> =>
  fc.record(Object.fromEntries(Object.entries(fields).map(([name, { type }]) => [name, typeOf(type).value])), {
    requiredKeys: Object.entries(fields).flatMap(([name, { optional }]) => (optional ? [] : [name])),
    // The types above have JSON values only.
  }) as fc.Arbitrary<JsonObject>;

const STATES = ['placed', 's1', 's2', 's3'];
const definitionOf = (
  input: Shape,
  choices: readonly (readonly Choice[])[],
  cancels: readonly (string | undefined)[],
): WorkflowDefinition =>
  definitionWith(
    {
      ...Object.fromEntries(
        STATES.map((name, index) => {
          const to = cancels[index];
          return [name, { choices: choices[index] ?? [], ...(to === undefined ? {} : { cancel: { to } }) }];
        }),
      ),
      done: { end: 'succeeded' },
    },
    { input: inputOf(input) },
  );

const cancelAt = (index: number): fc.Arbitrary<string | undefined> =>
  fc.option(fc.constantFrom(...STATES.slice(index + 1), 'done'), { nil: undefined, freq: 2 });

const choicesAt = (index: number): fc.Arbitrary<Choice[]> => {
  const later = fc.constantFrom(...STATES.slice(index + 1), 'done');
  const next = STATES[index + 1] ?? 'done';
  const guarded = fc.record({ when: fc.constantFrom(...CONDITIONS), action: fc.constantFrom('a', 'b'), to: later });
  const last = later.map((to) => ({ action: 'c', to: next, onFailure: { broken: to } }));
  return fc
    .tuple(fc.uniqueArray(guarded, { maxLength: 2, selector: ({ action }) => action }), last)
    .map(([others, otherwise]) => [...others, otherwise]);
};

const isAccepted = (definition: WorkflowDefinition, contracts: Parameters<typeof checkDefinition>[1]): boolean => {
  try {
    checkDefinition(definition, contracts);
    return true;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
};

describe('a definition that the checks accept', () => {
  it('never meets data that it cannot take', () => {
    const parts = fc.record({
      input: shape(2),
      a: fc.tuple(shape(0), shape(0)),
      b: fc.tuple(shape(0), shape(0), shape(0)),
      c: fc.tuple(fc.constant({}), shape(0)),
      choices: fc.tuple(...STATES.map((_, index) => choicesAt(index))),
      cancels: fc.tuple(...STATES.map((_, index) => cancelAt(index))),
    });
    let steps = 0;
    let cancellations = 0;
    fc.assert(
      fc.property(parts, fc.gen(), ({ input, a, b, c, choices, cancels }, draw) => {
        const specs: Readonly<Record<string, Spec>> = { a, b, c };
        const actions = Object.entries(specs).map(actionOf);
        const definition = definitionOf(input, choices, cancels);
        if (!isAccepted(definition, contractsOf(...actions))) return;
        let state = definition.initial;
        let data = draw(() => valueOf(input));
        while (state !== 'done') {
          const edge = chooseEdge(definition, state, data);
          const action = actions.find(({ name }) => name === edge.action);
          expect(action?.parseInput(data)).toMatchObject({ ok: true });
          const failed = edge.onFailure?.['broken'];
          const cancelled = cancelTarget(definition, state);
          if (cancelled !== undefined && draw(fc.boolean)) {
            cancellations += 1;
            state = cancelled;
          } else if (failed !== undefined && draw(fc.boolean)) {
            state = failed;
          } else {
            const sets = draw(() => fc.constantFrom(...(specs[edge.action] ?? []).slice(1)));
            data = { ...data, ...draw(() => valueOf(sets)) };
            state = edge.to;
          }
          steps += 1;
        }
      }),
      { numRuns: 1_600 },
    );
    // Else this proved nothing. Half as many draws came below it once: chance must not decide.
    expect(steps).toBeGreaterThan(300);
    expect(cancellations).toBeGreaterThan(30);
  });
});
