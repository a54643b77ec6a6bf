import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineAction } from '../../../shared/core/define-action.ts';
import { retry } from '../../../shared/core/outcome.ts';

const action = defineAction({
  name: 'quote',
  input: z.looseObject({
    orderId: z.string(),
    priority: z.enum(['low', 'high']).default('low'),
    customer: z.object({ name: z.string() }).optional(),
  }),
  changes: z.object({
    price: z.number(),
    lines: z.array(z.object({ sku: z.string() })).optional(),
    raw: z.unknown().optional(),
    currency: z.string().default('EUR'),
  }),
  run: async () => retry('never run'),
});

const problemOf = (changes: unknown): string => {
  const parsed = action.parseChanges(changes);
  return parsed.ok ? 'none' : parsed.problem;
};

describe('parseInput', () => {
  it('picks the declared fields, fills defaults in, and leaves the rest behind', () => {
    const data = { orderId: 'o-1', secret: 'x', customer: { name: 'Ann', born: 1970 } };
    expect(action.parseInput(data)).toEqual({
      ok: true,
      value: { orderId: 'o-1', priority: 'low', customer: { name: 'Ann' } },
    });
  });

  it.each([
    ['is missing', {}, 'orderId: Invalid input: expected string, received undefined'],
    ['is of another type', { orderId: 5 }, 'orderId: Invalid input: expected string, received number'],
    ['is wrong inside', { orderId: 'o', customer: { name: 1 } }, 'customer.name: Invalid input'],
  ])('names the field that %s', (_, data, problem) => {
    const parsed = action.parseInput(data);
    expect(parsed.ok ? '' : parsed.problem).toContain(problem);
  });
});

describe('parseChanges', () => {
  it('returns plain JSON: defaults filled in, undefined left out, nothing shared', () => {
    const lines = [{ sku: 'cup' }];
    const parsed = action.parseChanges({ price: 5, lines, raw: undefined });
    expect(parsed).toEqual({ ok: true, value: { price: 5, lines: [{ sku: 'cup' }], currency: 'EUR' } });
    expect(parsed.ok && Object.keys(parsed.value)).toEqual(['price', 'lines', 'currency']);
    expect(parsed.ok && parsed.value['lines']).not.toBe(lines);
  });

  it.each([
    ['an undeclared field', { price: 5, colour: 'red' }, 'Unrecognized key: "colour"'],
    [
      'an undeclared field further down',
      { price: 5, lines: [{ sku: 'a', colour: 'red' }] },
      'changes.lines[0].colour: not declared',
    ],
    ['a missing field', {}, 'price: Invalid input'],
    ['a wrong type', { price: '5' }, 'price: Invalid input: expected number, received string'],
    ['NaN', { price: Number.NaN }, 'price: Invalid input'],
    ['nothing', undefined, 'changes: Invalid input: expected object, received undefined'],
    ['a list', [], 'changes: Invalid input: expected object, received array'],
    ['a date where anything may be', { price: 5, raw: new Date(0) }, 'changes.raw: a Date cannot be written as JSON'],
    [
      'a function deep inside',
      { price: 5, raw: { a: [() => 1] } },
      'changes.raw.a[0]: a function cannot be written as JSON',
    ],
    ['a bigint', { price: 5, raw: 1n }, 'changes.raw: a bigint cannot be written as JSON'],
    ['infinity', { price: 5, raw: [1 / 0] }, 'changes.raw[0]: Infinity cannot be written as JSON'],
    ['a hole in a list', { price: 5, raw: [undefined] }, 'changes.raw[0]: a undefined cannot be written as JSON'],
  ])('refuses %s, and says what is declared', (_, changes, problem) => {
    expect(problemOf(changes)).toContain(problem);
    expect(problemOf(changes)).toContain('declared are price, lines, raw, currency');
  });

  it('refuses what contains itself', () => {
    const raw: Record<string, unknown> = {};
    raw['raw'] = raw;
    expect(problemOf({ price: 5, raw })).toMatch(/nested too deeply/);
  });

  it('says so when no change is declared', () => {
    const idle = defineAction({
      name: 'idle',
      input: z.object({}),
      changes: z.object({}),
      run: async () => retry('never run'),
    });
    expect(idle.parseChanges({})).toEqual({ ok: true, value: {} });
    expect(idle.parseChanges({ a: 1 })).toMatchObject({ problem: expect.stringContaining('it declares no changes') });
  });
});
