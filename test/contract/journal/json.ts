import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { JsonObject } from '../../../shared/core/json.ts';
import type { JournalSetup } from '../journal.ts';
import { bench, makeHead, makeSnapshot, newWorkflowId } from './bench.ts';

const parse = (text: string): JsonObject => JSON.parse(text) as JsonObject;
const nested = (depth: number): JsonObject => (depth === 1 ? {} : { a: nested(depth - 1) });

/** What databases and their drivers are known to trip over. As text, since a literal could not say some of it. */
const TRAPS: readonly [name: string, value: JsonObject][] = [
  ['nothing', {}],
  ['an empty key', parse('{"":{"":1}}')],
  ['keys with dots', { 'a.b': 1, '.': 2, 'a.': { '.b': 3 } }],
  ['keys with a dollar', { $set: { a: 1 }, $where: 'true', a$: 1, b: { $: 1 } }],
  ['what looks like a reference', { a: { $ref: 'workflows', $id: 1, $db: 'admin' } }],
  ['what looks like extended JSON', { a: { $numberLong: '1' }, b: { $date: 0 }, c: { $oid: '0' } }],
  ['what looks like a driver type', { _bsontype: 'ObjectId', a: { _bsontype: 'Long', low: 1, high: 0 } }],
  ['a key of the prototype', parse('{"__proto__":{"a":1},"b":{"__proto__":null}}')],
  ['names of methods', { toBSON: 1, toJSON: 'x', constructor: 2, hasOwnProperty: null, length: 3, toString: false }],
  ['arrays under names of methods', parse('{"__proto__":[{}],"constructor":[{"a":1}],"toString":[[1]],"valueOf":[2]}')],
  ['a NUL in a key', parse('{"a\\u0000b":1}')],
  ['a NUL in a text', { a: 'x\u0000y', b: '\u0000' }],
  ['half a surrogate pair in a text', parse('{"a":"x\\ud800"}')],
  ['half a surrogate pair in a key', parse('{"\\udfff":1}')],
  ['text of all planes', { a: 'ä€𝄞', '𝄞': 'b' }],
  ['numbers at the edges', { a: 2 ** 31 - 1, b: 2 ** 31, c: -(2 ** 31) - 1, d: 2 ** 53, e: -(2 ** 53), f: 2 ** 64 }],
  ['fractions at the edges', { a: 0.1, b: 5e-324, c: 1.7976931348623157e308, d: 1e21, e: 123456.5 }],
  ['keys that look like indexes', { 1: 'a', 0: 'b', 10: 'c', x: 'd' }],
  ['empty and nested arrays', { a: [], b: [[]], c: [null, [1, [2]]], d: [{}] }],
  ['null', { a: null }],
  ['the deepest data', nested(32)],
  ['deeper than any database goes', nested(400)],
];

const key = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.constantFrom(
    '$set',
    'a.b',
    '_id',
    '_bsontype',
    '__proto__',
    '$ref',
    '$id',
    'toBSON',
    'valueOf',
    '\u0000',
    '\ud800',
  ),
);
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constantFrom('\ud800', '\u0000', 'a\udc00b'));
const { object: anyObject } = fc.letrec<{ object: JsonObject; value: JsonObject[string] }>((tie) => ({
  object: fc.dictionary(key, tie('value'), { maxKeys: 6, noNullPrototype: true }),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
}));

export function jsonContract(setup: () => JournalSetup): void {
  describe('a JSON object', () => {
    const current = bench(setup);

    /** It is given back as it was, as input, change set and data, in the same order of keys. */
    const survives = async (value: JsonObject): Promise<void> => {
      const { journal, other } = current();
      const id = newWorkflowId();
      await journal.insertHeads([makeHead({ _id: id, input: value })]);
      await journal.insertSnapshots([makeSnapshot(id, 1, { changes: value, data: value }), makeSnapshot(id, 2)]);
      const history = await other.readHistory(id);
      const [snapshot] = history?.snapshots ?? [];
      const found = [history?.head.input, snapshot?.changes, snapshot?.data, (await other.readSnapshot(id, 1))?.data];
      expect(found.map((each) => JSON.stringify(each))).toEqual(found.map(() => JSON.stringify(value)));
      // The same types, too; jest's own comparison is misled by a key "constructor".
      for (const each of found) expect(isDeepStrictEqual(each, value)).toBe(true);
    };

    it.each(TRAPS)('survives: %s', async (_, value) => {
      await survives(value);
    });

    it('survives whatever it is', async () => {
      await fc.assert(fc.asyncProperty(anyObject, survives), { numRuns: 150 });
    }, 30_000);
  });
}
