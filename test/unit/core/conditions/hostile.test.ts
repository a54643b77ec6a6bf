import { describe, expect, it } from '@jest/globals';
import { Environment } from '@marcbachmann/cel-js';
import * as fc from 'fast-check';
import { checkCondition, compileCondition } from '../../../../shared/core/conditions.ts';
import { Refused } from '../../../../shared/core/errors.ts';
import type { Json, JsonObject } from '../../../../shared/core/json.ts';
import { objectTypeOf } from '../../../../shared/core/json-schema-types.ts';
import { LIMITS } from '../../../../shared/core/limits.ts';

/**
 * Tries to break the promise of conditions: whatever passes the check is true or false on all data that fits, in bounded
 * time, and changes nothing; whatever does not pass is refused, and never anything worse.
 */
const schema = {
  type: 'object',
  required: ['n', 'm', 's', 'b', 'o', 'l', 'k', 'z'],
  additionalProperties: false,
  properties: {
    n: { type: 'number' },
    m: { type: 'number' },
    s: { type: 'string', maxLength: 20 },
    b: { type: 'boolean' },
    z: { type: ['string', 'null'] },
    p: { type: 'number' },
    l: { type: 'array', items: { type: 'number' } },
    k: { type: 'array', items: { type: 'string', maxLength: 5 }, maxItems: 10 },
    o: { type: 'object', required: ['n'], properties: { n: { type: 'number' }, s: { type: 'string' } } },
  },
};
const data = objectTypeOf(schema);

const number = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, noDefaultInfinity: true }));
const text = fc.string({ maxLength: 5 });
const fitting: fc.Arbitrary<JsonObject> = fc.record(
  {
    n: number,
    m: number,
    s: text,
    b: fc.boolean(),
    z: fc.option(text),
    p: number,
    l: fc.array(number, { maxLength: 5 }),
    k: fc.array(text, { maxLength: 5 }),
    o: fc.record({ n: number, s: text }, { requiredKeys: ['n'] }),
  },
  { requiredKeys: ['n', 'm', 's', 'b', 'z', 'l', 'k', 'o'] },
);

/** Conditions that are well-formed, and often sensible: some pass the check, some do not. */
const { bool: sensible } = fc.letrec<{ bool: string; num: string; str: string }>((tie) => {
  const both = (left: 'bool' | 'num' | 'str', operators: readonly string[]): fc.Arbitrary<string> =>
    fc
      .tuple(tie(left), fc.constantFrom(...operators), tie(left))
      .map(([one, operator, other]) => `(${one} ${operator} ${other})`);
  return {
    num: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('n', 'm', 'o.n', 'p', 'i', '0.0', '1.0', '2.5', 'double(s)', 'l[0]'),
      both('num', ['+', '-', '*', '/']),
      tie('num').map((one) => `(-${one})`),
    ),
    str: fc.constantFrom('s', 'z', 'o.s', 'e', '"a"', '""', "'x'", '(s + s)'),
    bool: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('b', 'true', 'has(o.s)', 'has(p)', 'z == null', 'z != null', 'l == l', 'unknown == 1.0'),
      both('num', ['<', '<=', '>', '>=', '==', '!=']),
      both('str', ['<', '<=', '>', '>=', '==', '!=']),
      both('bool', ['&&', '||', '==']),
      fc.tuple(tie('bool'), tie('bool'), tie('bool')).map(([test, yes, no]) => `(${test} ? ${yes} : ${no})`),
      tie('bool').map((one) => `!${one}`),
      tie('num').map((one) => `(${one} in l)`),
      tie('str').map((one) => `(${one} in ["a", "b", s])`),
      fc.tuple(tie('str'), fc.constantFrom('startsWith', 'endsWith')).map(([one, name]) => `s.${name}(${one})`),
      fc.constantFrom('s.contains("a")', 's.matches("a")'),
      fc
        .tuple(fc.constantFrom('exists', 'all', 'exists_one'), tie('bool'))
        .map(([name, one]) => `l.${name}(i, ${one})`),
      fc.tuple(fc.constantFrom('exists', 'all'), tie('bool')).map(([name, one]) => `k.${name}(e, ${one})`),
    ),
  };
});

/** Conditions of arbitrary words of the language. */
const jumbled = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...'n s b o . ( ) [ ] { } , : ? ! && || == < in + - * / % has exists all i "a" 1 1u null'.split(' '),
      ),
      fc.constantFrom('__proto__', 'constructor', 'toString', 'cel', 'bind', 'dyn', '\\', '"""', "r'", '//', '\0', '𝕊'),
    ),
    { maxLength: 25 },
  )
  .map((words) => words.join(' '));

const json = fc.jsonValue().map((value) => value as Json);
const anyData = fc.oneof(
  fitting,
  fc.dictionary(fc.constantFrom('n', 'm', 's', 'b', 'z', 'p', 'l', 'k', 'o', '__proto__', 'constructor'), json),
);

const isRefused = (condition: string): boolean => {
  try {
    checkCondition(condition, data);
    return false;
  } catch (error) {
    if (error instanceof Refused && error.code === 'condition-invalid') return true;
    throw error;
  }
};

const prototypeKeys = (): string[] =>
  [Object.prototype, Array.prototype, String.prototype, Number.prototype].map((prototype) =>
    Reflect.ownKeys(prototype).map(String).join(),
  );

describe('any condition at all', () => {
  it('is accepted or refused, and what is accepted never throws on data that fits', () => {
    let accepted = 0;
    const check = (condition: string, value: JsonObject): void => {
      if (isRefused(condition)) return;
      accepted += 1;
      expect(typeof compileCondition(condition)(value)).toBe('boolean');
    };
    fc.assert(fc.property(sensible, fitting, check), { numRuns: 3000 });
    // Else this proved nothing.
    expect(accepted).toBeGreaterThan(300);
  });

  it('is accepted or refused when it is a jumble of words, or of characters', () => {
    fc.assert(
      fc.property(fc.oneof(jumbled, fc.string({ unit: 'binary', maxLength: 60 })), (condition) => {
        isRefused(condition);
      }),
      { numRuns: 5000 },
    );
  });

  it('is true, false or a TypeError on data that does not fit, and leaves data and prototypes as they were', () => {
    const before = prototypeKeys();
    fc.assert(
      fc.property(fc.oneof(sensible, jumbled), anyData, (condition, value) => {
        const written = JSON.stringify(value);
        try {
          expect(typeof compileCondition(condition)(value)).toBe('boolean');
        } catch (error) {
          if (!(error instanceof TypeError || error instanceof Refused)) throw error;
        }
        expect(JSON.stringify(value)).toBe(written);
      }),
      { numRuns: 3000 },
    );
    expect(prototypeKeys()).toEqual(before);
  });

  it('means what the CEL library takes it for, where both evaluate it', () => {
    const cel = new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false });
    let compared = 0;
    fc.assert(
      fc.property(sensible, fitting, (condition, value) => {
        // The library has neither has(p) for a variable nor a comparison with null.
        if (/has\(p\)|null|\bz\b/.test(condition) || isRefused(condition)) return;
        compared += 1;
        expect(compileCondition(condition)(value)).toBe(cel.evaluate(condition, value));
      }),
      { numRuns: 3000 },
    );
    expect(compared).toBeGreaterThan(200);
  });
});

describe('the dearest conditions that are accepted', () => {
  const largest = LIMITS.dataBytes;
  const open = objectTypeOf({
    type: 'object',
    required: ['s', 't', 'l', 'k'],
    properties: {
      s: { type: 'string' },
      t: { type: 'string' },
      l: { type: 'array', items: { type: 'string' } },
      k: { type: 'array', items: { type: 'number' } },
    },
  });
  const many = Array.from({ length: largest / 4 }, () => 'a');
  const long = 'a'.repeat(largest / 2);

  it.each([
    ['a text is looked for that is nearly everywhere', `s.contains("b${'a'.repeat(300)}")`, { s: long }],
    ['many items are compared', `l.exists(i, ${Array(6).fill('i == "b"').join(' || ')})`, { l: many }],
    ['many items are looked for in', `l.exists(i, i.contains("b")) || ${'"c" in l || '.repeat(20)}false`, { l: many }],
    ['two long texts are compared', Array(60).fill('s != t').join(' || '), { s: `${long}b`, t: `${long}b` }],
  ])('end soon when %s', (_, condition, value: JsonObject) => {
    expect(() => checkCondition(condition, open)).not.toThrow();
    const holds = compileCondition(condition);
    const before = performance.now();
    holds(value);
    // Tens of milliseconds at most; the rest is for a busy machine. Unbounded, each would take minutes.
    expect(performance.now() - before).toBeLessThan(1_000);
  });
});
