import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../../shared/core/json.ts';
import { fromStoredJson, toStoredJson } from '../../../../shared/journal/mongodb/stored-json.ts';

const parse = (text: string): JsonObject => JSON.parse(text) as JsonObject;

describe('a JSON object in a document', () => {
  it.each<[string, JsonObject]>([
    ['ordinary data', { amount: 12.5, customer: { name: 'Ada', tags: ['a', null, true] }, empty: {} }],
    ['keys with dots', { 'a.b': { '.': 1 } }],
    ['a dollar inside a key', { a$: 1, 'a.$b': 2 }],
    ['a text with NUL', { a: '\u0000' }],
    ['the deepest data', parse('{"a":'.repeat(32) + '1' + '}'.repeat(32))],
  ])('stands as it is, for outside tools to query: %s', (_, value) => {
    expect(toStoredJson(value)).toBe(value);
  });

  it.each<[string, JsonObject]>([
    ['a key that begins with a dollar', { a: [{ $b: 1 }] }],
    ['a NUL in a key', parse('{"a":{"b\\u0000":1}}')],
    ["the driver's own key", { a: { _bsontype: 'Long' } }],
    ['half a surrogate pair', parse('{"a":["\\ud800"]}')],
    ['half a surrogate pair in a key', parse('{"\\udc00":1}')],
    ['what is too deep for a document', parse('{"a":'.repeat(100) + '1' + '}'.repeat(100))],
  ])('is its text where BSON would change it: %s', (_, value) => {
    const stored = toStoredJson(value);
    expect(stored).toBe(JSON.stringify(value));
    expect(fromStoredJson(stored)).toStrictEqual(value);
  });
});
