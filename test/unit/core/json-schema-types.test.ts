import { describe, expect, it } from '@jest/globals';
import { objectTypeOf, valueTypeOf } from '../../../shared/core/json-schema-types.ts';
import { LIMITS } from '../../../shared/core/limits.ts';
import { either, type Field, type ObjectType, type ValueType } from '../../../shared/core/value-type.ts';

const text = (maxLength: number = LIMITS.dataBytes): ValueType => ({ kind: 'string', maxLength });
const number: ValueType = { kind: 'number' };
const unknown: ValueType = { kind: 'unknown' };
const object = (fields: Record<string, Field>, rest?: ValueType): ObjectType => ({
  kind: 'object',
  fields: new Map(Object.entries(fields)),
  ...(rest && { rest }),
});

describe('valueTypeOf', () => {
  it.each<[object, ValueType]>([
    [{ type: 'integer' }, number],
    [{ type: 'string', maxLength: 5 }, text(5)],
    [{ type: 'string', maxLength: 1e9 }, text()],
    [{ type: ['string', 'null'] }, { kind: 'union', of: [text(), { kind: 'null' }] }],
    [{ enum: ['a', 'abc'] }, text(3)],
    [{ enum: ['a', 1] }, { kind: 'union', of: [text(1), number] }],
    [{ const: true }, { kind: 'bool' }],
    [
      { type: 'array', items: { type: 'number' }, maxItems: 3 },
      { kind: 'list', item: number, maxItems: 3 },
    ],
    [{ type: 'array' }, { kind: 'list', item: unknown, maxItems: LIMITS.dataBytes / 2 }],
    [
      { type: 'array', prefixItems: [{ type: 'number' }], items: { type: 'string' } },
      { kind: 'list', item: { kind: 'union', of: [number, text()] }, maxItems: LIMITS.dataBytes / 2 },
    ],
    [{ anyOf: [{ type: 'number' }, { type: 'null' }] }, { kind: 'union', of: [number, { kind: 'null' }] }],
    [{ anyOf: [{ type: 'number' }, {}] }, unknown],
    [{ allOf: [{ pattern: 'a' }, { type: 'string' }] }, text()],
    [{}, unknown],
    [{ $ref: '#' }, unknown],
    [{ type: 'date' }, unknown],
  ])('%j', (schema, type) => expect(valueTypeOf(schema)).toEqual(type));

  it('knows which fields are there for certain, and what others may be', () => {
    const properties = { a: { type: 'number' }, b: { type: 'string' } };
    expect(valueTypeOf({ type: 'object', properties, required: ['a'], additionalProperties: false })).toEqual(
      object({ a: { required: true, type: number }, b: { required: false, type: text() } }),
    );
    expect(valueTypeOf({ type: 'object', required: ['x'], additionalProperties: { type: 'number' } })).toEqual(
      object({ x: { required: true, type: number } }, number),
    );
    expect(valueTypeOf({ type: 'object' })).toEqual(object({}, unknown));
  });

  it('takes of alternatives what they have in common, and of parts what they say together', () => {
    const part = (name: string, open = false) => ({
      type: 'object',
      properties: { k: { type: 'string' }, [name]: { type: 'number' } },
      required: ['k', name],
      ...(open ? {} : { additionalProperties: false }),
    });
    const k = { required: true, type: text() };
    expect(valueTypeOf({ oneOf: [part('a'), part('b')] })).toEqual(
      object({ k, a: { required: false, type: number }, b: { required: false, type: number } }),
    );
    // What is not declared in an open one may be anything.
    expect(valueTypeOf({ oneOf: [part('a', true), part('b', true)] })).toEqual(
      object({ k, a: { required: false, type: unknown }, b: { required: false, type: unknown } }, unknown),
    );
    expect(valueTypeOf({ allOf: [part('a', true), part('b', true)] })).toEqual(
      object({ k, a: { required: true, type: number }, b: { required: true, type: number } }, unknown),
    );
  });
});

describe('objectTypeOf', () => {
  it('knows nothing of the fields where the schema is not one of an object', () => {
    expect(objectTypeOf({})).toEqual(object({}, unknown));
  });
});

describe('either', () => {
  it('is as long as the longer one, and has the items of both', () => {
    expect(either(text(3), text(5))).toEqual(text(5));
    expect(either({ kind: 'list', item: number, maxItems: 1 }, { kind: 'list', item: text(1), maxItems: 9 })).toEqual({
      kind: 'list',
      item: { kind: 'union', of: [number, text(1)] },
      maxItems: 9,
    });
    expect(either({ kind: 'union', of: [number, text(1)] }, text(2))).toEqual({ kind: 'union', of: [number, text(2)] });
    expect(either(number, unknown)).toEqual(unknown);
  });
});
