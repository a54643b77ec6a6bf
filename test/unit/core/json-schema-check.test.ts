import { describe, expect, it } from '@jest/globals';
import { checkJson } from '../../../shared/core/json-schema-check.ts';

const schema = {
  type: 'object',
  properties: {
    amount: { type: 'integer', minimum: 1 },
    'a/b~c': { type: 'string' },
    kind: { enum: ['a', 'b'] },
    fixed: { const: 5 },
    url: { type: 'string', format: 'uri' },
    mail: { type: 'string', format: 'email', pattern: '@' },
    ratio: { type: 'number', multipleOf: 0.1 },
    lines: {
      type: 'array',
      items: {
        type: 'object',
        required: ['sku'],
        additionalProperties: false,
        properties: { sku: { type: 'string' } },
      },
    },
    payment: { anyOf: [{ type: 'object', properties: { number: { type: 'string' } } }, { type: 'null' }] },
  },
  required: ['amount'],
  additionalProperties: false,
};

describe('checkJson', () => {
  it.each([
    ['a value that fits', { amount: 1, kind: 'a', lines: [{ sku: 'x' }], payment: null, fixed: 5 }],
    ['decimal multiples, as people reckon', { amount: 1, ratio: 0.3 }],
    ['a URI', { amount: 1, url: 'https://example.org/a?b' }],
    ['a format that only its pattern decides on', { amount: 1, mail: 'anything@' }],
  ])('finds nothing wrong with %s', (_, value) => expect(checkJson(schema, value, 'data')).toBeUndefined());

  it.each<[string, unknown, string]>([
    ['a missing field', {}, 'data.amount: is missing'],
    ['a missing field further down', { amount: 1, lines: [{}] }, 'data.lines.0.sku: is missing'],
    ['an undeclared field', { amount: 1, colour: 'red' }, 'data.colour: is not declared'],
    ['an undeclared field further down', { amount: 1, lines: [{ sku: 'x', n: 1 }] }, 'data.lines.0.n: is not declared'],
    [
      'a field that is called like a prototype',
      JSON.parse('{"amount": 1, "__proto__": 5}'),
      'data.__proto__: is not declared',
    ],
    ['a wrong type', { amount: '1' }, 'data.amount: must be integer'],
    ['a value out of bounds', { amount: 0 }, 'data.amount: must be >= 1'],
    ['a value that is not listed', { amount: 1, kind: 'c' }, 'data.kind: must be one of ["a","b"]'],
    ['another value than the one', { amount: 1, fixed: 6 }, 'data.fixed: must be 5'],
    ['what is no URI', { amount: 1, url: 'nowhere' }, 'data.url: must be a URI'],
    ['what does not match', { amount: 1, mail: 'x' }, 'data.mail: must match pattern "@"'],
    ['a field with a strange name', { amount: 1, 'a/b~c': 5 }, 'data.a/b~c: must be string'],
    [
      'the alternative that comes closest',
      { amount: 1, payment: { number: 5 } },
      'data.payment.number: must be string',
    ],
    ['something else altogether', [], 'data: must be object'],
  ])('names %s', (_, value, problem) => expect(checkJson(schema, value, 'data')).toBe(problem));

  it('cuts a long problem', () => {
    const problem = checkJson({ enum: ['x'.repeat(1000)] }, 'y', 'data');
    expect(Buffer.byteLength(problem ?? '')).toBeLessThanOrEqual(256);
  });

  it('does not accept a schema with a misspelt keyword', () => {
    expect(() => checkJson({ type: 'object', require: ['a'] }, {}, 'data')).toThrow('unknown keyword: "require"');
  });
});
