import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { z } from 'zod';
import { inexpressible, toJsonSchema } from '../../../shared/core/contract-schema.ts';
import { checkJson, compileProblem } from '../../../shared/core/json-schema-check.ts';

const problemsOf = (schema: z.ZodType): string[] =>
  inexpressible(z.object({ f: schema }), 'input', { defaults: 'filled-in' });

interface Tree {
  children: Tree[];
}
const tree: z.ZodType<Tree> = z.object({
  get children() {
    return z.array(tree);
  },
});

describe('inexpressible', () => {
  it.each<[string, z.ZodType]>([
    ['texts', z.string().min(1).max(5).regex(/^a/).startsWith('a')],
    ['formats', z.union([z.email(), z.uuid(), z.url(), z.iso.datetime(), z.base64(), z.ipv4(), z.e164()])],
    ['numbers', z.union([z.number().gt(1).multipleOf(2), z.int(), z.int32(), z.float64()])],
    ['yes, no and nothing', z.union([z.boolean(), z.null()])],
    ['values', z.union([z.enum(['a', 'b']), z.literal(['c', 5, true, null])])],
    ['lists', z.union([z.array(z.string()).min(1), z.tuple([z.string(), z.number()], z.boolean())])],
    [
      'objects',
      z.object({ a: z.string().optional(), b: z.looseObject({}), c: z.strictObject({}) }).catchall(z.number()),
    ],
    ['records', z.union([z.record(z.string(), z.number()), z.record(z.enum(['a']), z.number())])],
    ['wrappers', z.string().default('x').readonly().nullable().optional().nonoptional()],
    ['alternatives', z.discriminatedUnion('k', [z.object({ k: z.literal('a') }), z.object({ k: z.literal('b') })])],
    ['intersections', z.intersection(z.object({ a: z.string() }), z.object({ b: z.string() }))],
    ['template literals', z.templateLiteral(['o-', z.number()])],
    ['anything', z.union([z.unknown(), z.any()])],
    ['described types', z.string().describe('a text').meta({ id: 'Text' })],
  ])('lets %s pass, and what is written can be checked', (_, schema) => {
    expect(problemsOf(schema)).toEqual([]);
    expect(compileProblem(toJsonSchema(z.object({ f: schema }), 'output'))).toBeUndefined();
    expect(compileProblem(toJsonSchema(z.object({ f: schema }), 'input'))).toBeUndefined();
  });

  it.each<[string, z.ZodType, string]>([
    ['refinements', z.string().refine(() => true), 'input.f: a check in code cannot be stored'],
    ['refinements of objects', z.object({}).superRefine(() => undefined), 'input.f: a check in code cannot be stored'],
    ['custom types', z.custom<string>(), 'input.f: a check in code cannot be stored'],
    ['instances', z.instanceof(Date), 'input.f: a check in code cannot be stored'],
    ['transforms', z.string().transform(Number), 'input.f: declare the value as it is stored'],
    ['preprocessing', z.preprocess(String, z.string()), 'input.f: declare the value as it is stored'],
    ['pipes', z.string().pipe(z.string()), 'input.f: declare the value as it is stored'],
    ['codecs', z.stringbool(), 'input.f: declare the value as it is stored'],
    ['coercion', z.coerce.number(), 'input.f: z.coerce changes the value'],
    ['trimming', z.string().trim(), 'input.f: trim, toLowerCase and the like change the value'],
    ['replaced values', z.string().catch('x'), 'input.f: a value that replaces a wrong one hides mistakes'],
    ['prefaults', z.string().prefault('x'), 'input.f: write .default(…) instead'],
    ['dates', z.date(), 'input.f: JSON has no dates: write z.iso.datetime()'],
    ['big numbers', z.bigint(), 'input.f: JSON has no bigint'],
    ['big literals', z.literal(5n), 'input.f: JSON Schema cannot express z.literal()'],
    ['maps', z.map(z.string(), z.string()), 'input.f: JSON has no maps: write z.record(…)'],
    ['sets', z.set(z.string()), 'input.f: JSON has no sets: write z.array(…)'],
    ['undefined', z.undefined(), 'input.f: JSON has no undefined'],
    ['NaN', z.nan(), 'input.f: JSON has no NaN'],
    ['never', z.never(), 'input.f: leave the field out'],
    ['symbols', z.symbol(), 'input.f: JSON Schema cannot express z.symbol()'],
    ['functions', z.function(), 'input.f: JSON Schema cannot express z.function()'],
    ['promises', z.promise(z.string()), 'input.f: JSON Schema cannot express z.promise()'],
    ['lazy types', z.lazy(() => z.string()), 'input.f: a type that contains itself has no bound'],
    ['types that contain themselves', tree, 'input.f.children[]: a type that contains itself has no bound'],
    ['flags of a pattern', z.string().regex(/^a/i), 'input.f: a pattern cannot have the flags "i"'],
    ['formats in code', z.stringFormat('even', (text) => text.length % 2 === 0), 'input.f: the format "even" is code'],
    ['tokens', z.jwt(), 'input.f: the format "jwt" is code'],
    ['restricted URLs', z.httpUrl(), 'input.f: the format "url" is code'],
  ])('refuses %s', (_, schema, problem) => {
    expect(problemsOf(schema).join()).toContain(problem);
  });

  it.each<[string, z.ZodType, string]>([
    ['a list', z.array(z.date()), 'input.f[]'],
    ['a tuple', z.tuple([z.string(), z.date()]), 'input.f[1]'],
    ["a tuple's rest", z.tuple([z.string()], z.date()), 'input.f[]'],
    ['an object', z.object({ a: z.object({ b: z.date() }) }), 'input.f.a.b'],
    ['a catchall', z.object({}).catchall(z.date()), 'input.f.*'],
    ['a record', z.record(z.string(), z.date()), 'input.f.*'],
    ['a union', z.union([z.string(), z.date()]), 'input.f'],
    ['an intersection', z.intersection(z.object({ a: z.date() }), z.object({})), 'input.f.a'],
    ['what is optional, nullable and has a default', z.date().nullable().optional().default(null), 'input.f'],
  ])('names the path of what stands inside %s', (_, schema, path) => {
    expect(problemsOf(schema)).toEqual([`${path}: JSON has no dates: write z.iso.datetime().`]);
  });

  it('refuses defaults where nobody fills them in', () => {
    const schema = z.object({ f: z.string().default('x') });
    expect(inexpressible(schema, 'input', { defaults: 'filled-in' })).toEqual([]);
    expect(inexpressible(schema, 'input', { defaults: 'refused' }).join()).toContain(
      'input.f: nothing fills a default in',
    );
  });
});

describe('toJsonSchema', () => {
  it('passes undeclared fields over on the way in, and refuses them on the way out', () => {
    const schema = z.object({ a: z.object({ b: z.string().default('x') }) });
    expect(toJsonSchema(schema, 'input')).toEqual({
      type: 'object',
      properties: { a: { type: 'object', properties: { b: { type: 'string', default: 'x' } } } },
      required: ['a'],
    });
    expect(toJsonSchema(schema, 'output')).toMatchObject({
      properties: { a: { required: ['b'], additionalProperties: false } },
      additionalProperties: false,
    });
  });

  it('says what is checked, not what is explained: texts for readers change no hash, ids make no references', () => {
    const plain = z.object({ a: z.string() });
    const explained = z.object({ a: z.string().describe('a text').meta({ id: 'Explained' }) }).describe('all');
    expect(toJsonSchema(explained, 'output')).toEqual(toJsonSchema(plain, 'output'));
  });

  it('agrees with zod on every value', () => {
    const schema = z.object({
      text: z.string().min(1).max(3),
      count: z.int().min(-2).max(2),
      ratio: z.number().multipleOf(0.5).optional(),
      kind: z.enum(['a', 'b']).nullable(),
      list: z.array(z.union([z.string(), z.boolean()])).max(2),
      nested: z.strictObject({ url: z.url().optional() }),
      scores: z.record(z.string().regex(/^[ab]+$/), z.number()),
    });
    const stored = toJsonSchema(schema.strict(), 'output');
    const fields = {
      text: fc.oneof(fc.string({ maxLength: 4, unit: 'grapheme' }), fc.integer()),
      count: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double()),
      ratio: fc.constantFrom(0.5, 1, 0.3, -1.5, '1'),
      kind: fc.constantFrom('a', 'b', 'c', null),
      list: fc.array(fc.oneof(fc.string(), fc.boolean(), fc.integer()), { maxLength: 3 }),
      nested: fc.record({ url: fc.constantFrom('http://a.b', 'a b', '') }, { requiredKeys: [] }),
      scores: fc.dictionary(fc.constantFrom('a', 'ab', 'c'), fc.integer()),
      more: fc.boolean(),
    };
    const name = fc.constantFrom(...Object.keys(fields));
    let fitting = 0;
    const agree = (candidate: object): void => {
      const fits = checkJson(stored, candidate, 'data') === undefined;
      fitting += Number(fits);
      expect(fits).toBe(schema.strict().safeParse(candidate).success);
    };
    fc.assert(fc.property(fc.record(fields, { requiredKeys: [] }), agree), { numRuns: 1000 });
    const good = { text: 'a', count: 1, kind: 'a', list: [], nested: {}, scores: {} };
    // One field is changed, or taken away: the others must not hide what becomes of it.
    const change = (changed: object, key: string): void => {
      const value: unknown = Reflect.get(changed, key);
      const { [key]: _, ...others } = good as Record<string, unknown>;
      agree(value === undefined ? others : { ...good, [key]: value });
    };
    fc.assert(fc.property(fc.record(fields, { requiredKeys: [] }), name, change), { numRuns: 2000 });
    expect(fitting).toBeGreaterThan(200);
  });
});
