import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { z } from 'zod';
import { toJsonSchema } from '../../../shared/core/contract-schema.ts';
import { parseDefinition } from '../../../shared/core/definition-schema.ts';
import { Refused } from '../../../shared/core/errors.ts';
import { deadlineMs } from '../../../shared/core/workflow-definition.ts';

const valid = {
  name: 'order',
  version: 3,
  input: { type: 'object', properties: { amount: { type: 'number' } } },
  announce: 'steps',
  initial: 'placed',
  states: {
    placed: {
      choices: [
        { when: 'amount > 5', action: 'review', to: 'done' },
        { action: 'pay', to: 'done', onFailure: { declined: 'refused' } },
      ],
    },
    done: { end: 'succeeded' },
    refused: { end: 'failed' },
  },
};

const problemOf = (value: unknown): string => {
  try {
    parseDefinition(value);
  } catch (error) {
    if (error instanceof Refused && error.code === 'definition-invalid') return error.message;
    throw error;
  }
  return 'accepted';
};

const withState = (state: unknown) => ({ ...valid, states: { ...valid.states, placed: state } });
const withInput = (input: unknown) => ({ ...valid, input });
const withField = (field: unknown) => withInput({ type: 'object', properties: { f: field } });
const choice = { action: 'pay', to: 'done' };

describe('parseDefinition', () => {
  it('reads a definition as it was written, frozen', () => {
    const definition = parseDefinition(JSON.parse(JSON.stringify(valid)));
    expect(definition).toEqual(valid);
    expect(Object.isFrozen(definition.states['placed'])).toBe(true);
  });

  it('reads what cancellations and deadlines mean', () => {
    const definition = {
      ...valid,
      deadline: '1.5d',
      states: {
        placed: { ...valid.states.placed, cancel: 'compensate' },
        paid: { choices: [choice], cancel: { to: 'done' } },
        sent: { choices: [{ ...choice, onFailure: { lost: 'compensate' } }], cancel: { refuse: 'it is on its way' } },
        done: { end: 'cancelled' },
      },
    };
    expect(parseDefinition(definition)).toEqual(definition);
    expect(deadlineMs(parseDefinition(definition))).toBe(129_600_000);
    expect(deadlineMs(parseDefinition(valid))).toBeUndefined();
  });

  it('announces milestones where nothing is said', () => {
    const { announce: _, ...silent } = valid;
    expect(parseDefinition(silent).announce).toBe('milestones');
  });

  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'definition: Invalid input'],
    ['a text', 'order', 'definition: Invalid input'],
    ['an unknown field', { ...valid, timeout: '5s' }, 'Unrecognized key: "timeout"'],
    ['a bad name', { ...valid, name: 'Order' }, 'name: must match [a-z]'],
    ['version 0', { ...valid, version: 0 }, 'version: Too small'],
    ['version 100000', { ...valid, version: 100_000 }, 'version: Too big'],
    ['half a version', { ...valid, version: 1.5 }, 'version: Invalid input'],
    ['another announcement', { ...valid, announce: 'all' }, 'announce: Invalid option'],
    ['a bad name of a state', { ...valid, states: { ...valid.states, Paid: { end: 'succeeded' } } }, 'states.Paid'],
    ['an end that is none', withState({ end: 'stopped' }), 'states.placed.end: Invalid option'],
    [
      'an end with choices',
      withState({ end: 'failed', choices: [choice] }),
      'states.placed: Unrecognized key: "choices"',
    ],
    ['no choices', withState({ choices: [] }), 'states.placed.choices: Too small'],
    [
      'too many choices',
      withState({ choices: Array.from({ length: 33 }, () => choice) }),
      'states.placed.choices: Too big',
    ],
    [
      'a misspelt field of a choice',
      withState({ choices: [{ ...choice, whenn: 'true' }] }),
      'states.placed.choices.0: Unrecognized key',
    ],
    [
      'a condition that is no text',
      withState({ choices: [{ ...choice, when: 5 }] }),
      'states.placed.choices.0.when: Invalid input',
    ],
    [
      'an empty condition',
      withState({ choices: [{ ...choice, when: '' }] }),
      'states.placed.choices.0.when: Too small',
    ],
    [
      'a bad name of an action',
      withState({ choices: [{ ...choice, action: 'a.b' }] }),
      'states.placed.choices.0.action: must match',
    ],
    [
      'a bad failure code',
      withState({ choices: [{ ...choice, onFailure: { 'A b': 'done' } }] }),
      'states.placed.choices.0.onFailure',
    ],
    [
      'a rule for cancellations that is none',
      withState({ choices: [choice], cancel: 'refuse' }),
      'states.placed.cancel: must be "compensate", { to: <state> } or { refuse: <reason> }',
    ],
    [
      'two rules for cancellations',
      withState({ choices: [choice], cancel: { to: 'done', refuse: 'no' } }),
      'states.placed.cancel: must be',
    ],
    ['a refusal without a reason', withState({ choices: [choice], cancel: { refuse: '' } }), 'states.placed.cancel'],
    ['an end with a rule for cancellations', withState({ end: 'failed', cancel: 'compensate' }), 'states.placed'],
    ['a deadline without a unit', { ...valid, deadline: '30' }, 'deadline: must be a duration, e.g. "90m"'],
    ['a deadline of no time', { ...valid, deadline: '0s' }, 'deadline: must be from 1 ms to 300 days'],
    ['a deadline beyond the delay ladder', { ...valid, deadline: '301d' }, 'deadline: must be from 1 ms to 300 days'],
  ])('refuses %s, and names the field', (_, value, problem) => expect(problemOf(value)).toContain(problem));

  it.each<[string, unknown, string]>([
    [
      'too many states',
      { ...valid, states: Object.fromEntries(Array.from({ length: 501 }, (__, i) => [`s${i}`, { end: 'failed' }])) },
      '500 states at most',
    ],
    ['too many bytes', withInput({ type: 'object', title: 'x'.repeat(300_000) }), 'bytes; the limit is 262144'],
    [
      'an input of too many bytes',
      withInput({ type: 'object', title: 'x'.repeat(40_000) }),
      'input: has 40028 bytes; the limit is 32768',
    ],
    [
      'too deep a nesting',
      withInput(JSON.parse('{"a":'.repeat(5_000) + '1' + '}'.repeat(5_000))),
      'nested deeper than 32',
    ],
    [
      'a field named __proto__',
      JSON.parse(`{"__proto__": {}, ${JSON.stringify(valid).slice(1)}`),
      'No field may be called __proto__',
    ],
  ])('refuses %s', (_, value, problem) => expect(problemOf(value)).toContain(problem));

  it.each<[string, unknown, string]>([
    ['no schema', 5, 'input: must be a JSON Schema of type "object"'],
    ['a schema of something else', { type: 'string' }, 'input: must be a JSON Schema of type "object"'],
    [
      'a reference',
      { type: 'object', properties: { a: { $ref: '#' } } },
      'input: schema.properties.a.$ref: not a keyword',
    ],
    ['a misspelt keyword', { type: 'object', require: ['a'] }, 'input: schema.require: not a keyword'],
    ['a keyword of every object', { type: 'object', constructor: {} }, 'schema.constructor: not a keyword'],
    ['a required name twice', { type: 'object', required: ['a', 'a'] }, 'must NOT have duplicate items'],
    [
      'another dialect',
      { type: 'object', $schema: 'http://json-schema.org/draft-07/schema#' },
      'schema.$schema: must be https',
    ],
  ])('refuses an input that is %s', (_, input, problem) => expect(problemOf(withInput(input))).toContain(problem));

  it.each<[string, unknown, string]>([
    ['no schema', 5, 'schema.properties.f: must be a JSON Schema'],
    ['an unknown type', { type: 'date' }, 'schema.properties.f.type: must be the name of a type'],
    ['an empty enum', { enum: [] }, 'schema.properties.f.enum: must be a list of texts'],
    ['an enum of objects', { enum: [{}] }, 'schema.properties.f.enum: must be a list of texts'],
    ['a negative length', { maxLength: -1 }, 'schema.properties.f.maxLength: must be a whole number'],
    ['a bound that is none', { minimum: '5' }, 'schema.properties.f.minimum: must be a number'],
    ['a multiple of nothing', { multipleOf: 0 }, 'schema.properties.f.multipleOf: must be a number above 0'],
    ['no alternatives', { anyOf: [] }, 'schema.properties.f.anyOf: must be a list of schemas'],
    ['a wrong alternative', { anyOf: [{}, 5] }, 'schema.properties.f.anyOf.1: must be a JSON Schema'],
    ['wrong items', { items: { type: 'x' } }, 'schema.properties.f.items.type'],
    ['properties that are a list', { properties: [] }, 'schema.properties.f.properties: must be schemas by name'],
    ['a pattern that is none', { pattern: '(' }, 'input: schema: Invalid regular expression'],
    [
      'a pattern that can take for ever',
      { pattern: '^(a+)+$' },
      'schema.properties.f.pattern: may take too long on a text of 65536 characters',
    ],
    ['a pattern that takes long on long texts', { pattern: '^a+b+$' }, 'declare a smaller maximum length'],
    ['a check for uniqueness', { uniqueItems: true }, 'schema.properties.f.uniqueItems: not a keyword'],
  ])('refuses a field with %s', (_, field, problem) => expect(problemOf(withField(field))).toContain(problem));

  it.each<[string, unknown]>([
    ['a bounded pattern', { type: 'string', pattern: '^a+b+$', maxLength: 100 }],
    ['true and false', { type: 'array', prefixItems: [true], items: false }],
    ['texts for readers', { title: 'a', description: 'b', default: {}, examples: [1], readOnly: true }],
  ])('accepts a field with %s', (_, field) => expect(problemOf(withField(field))).toBe('accepted'));

  it('accepts all that zod writes for plain data', () => {
    const schema = z.object({
      email: z.email(),
      id: z.uuid(),
      at: z.iso.datetime({ offset: true }),
      host: z.hostname(),
      address: z.ipv6().nullable(),
      data: z.base64(),
      url: z.url(),
      kind: z.enum(['a', 'b']).nullish(),
      pair: z.tuple([z.string(), z.number()]),
      scores: z.record(z.enum(['x', 'y']), z.int()),
      payment: z.discriminatedUnion('k', [z.object({ k: z.literal('c') }), z.looseObject({ k: z.literal('d') })]),
      both: z.intersection(z.object({ a: z.string() }), z.object({ b: z.string() })),
    });
    expect(problemOf(withInput(toJsonSchema(schema, 'output')))).toBe('accepted');
  });

  it('accepts or refuses whatever comes, and never throws anything else', () => {
    const key = fc.constantFrom(
      ...'name version input initial states choices when action to onFailure end cancel refuse compensate deadline type properties items anyOf enum pattern a placed __proto__ constructor'.split(
        ' ',
      ),
    );
    const leaf = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.constantFrom('object', 'order', 'placed', 'true', '(a+)+'),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'medium' },
        leaf,
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(key, tie('value'), { maxKeys: 6 }),
      ),
    }));
    const mutated = fc
      .tuple(fc.constantFrom(...Object.keys(valid)), value)
      .map(([name, part]) => ({ ...valid, [name]: part }));
    const field = value.map(withField);
    fc.assert(
      fc.property(fc.oneof(value, mutated, field), (candidate) => {
        problemOf(candidate);
      }),
      { numRuns: 3000 },
    );
  });
});
