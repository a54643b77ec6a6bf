import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { deepFreeze, jsonCopy, jsonDepth, notJson } from '../../../shared/core/json.ts';

describe('notJson', () => {
  it('finds nothing in JSON, and what it finds nothing in comes back as it was', () => {
    const json = fc.jsonValue({ maxDepth: 4 }).filter((value) => !JSON.stringify(value).includes('"__proto__":'));
    fc.assert(
      fc.property(json, (value) => {
        expect(notJson(value, 'value', 32)).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true }), (value) => {
        if (notJson(value, 'value', 32) !== undefined) return;
        // An undefined field counts as absent, and -0 is 0 in JSON.
        expect(JSON.stringify(jsonCopy(value))).toBe(JSON.stringify(value));
      }),
    );
  });

  it.each<[unknown, string]>([
    [undefined, 'value: a undefined cannot be written as JSON'],
    [{ a: [Number.NaN] }, 'value.a[0]: NaN cannot be written as JSON'],
    [{ a: Symbol('x') }, 'value.a: a symbol cannot be written as JSON'],
    [new Map(), 'value: a Map cannot be written as JSON; give a plain value'],
    [[[[1]]], 'value[0][0]: nested too deeply'],
    [JSON.parse('{"a": {"__proto__": 1}}'), 'value.a.__proto__: no field may have this name'],
  ])('names what is no JSON in %p', (value, problem) => expect(notJson(value, 'value', 2)).toBe(problem));
});

describe('jsonDepth', () => {
  it.each<[unknown, number]>([
    [1, 0],
    [[], 1],
    [{ a: { b: [] } }, 3],
  ])('of %p is %d', (value, depth) => expect(jsonDepth(value, 10)).toBe(depth));

  it('stops counting beyond its limit, however deep the value is', () => {
    const hostile: unknown = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`);
    expect(jsonDepth(hostile, 32)).toBe(33);
  });
});

describe('deepFreeze', () => {
  it('freezes everything inside', () => {
    const value = deepFreeze({ a: [{ b: 1 }] });
    expect([value, value.a, value.a[0]].every(Object.isFrozen)).toBe(true);
  });
});
