import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { describeIssue } from '../../../shared/core/issue.ts';
import { LIMITS } from '../../../shared/core/limits.ts';

const schema = z.strictObject({
  amount: z.number(),
  lines: z.array(z.object({ sku: z.string() })).optional(),
  owner: z.union([z.string(), z.object({ name: z.string() })]).optional(),
});

function describeProblem(value: unknown, root?: string): string {
  const { error } = schema.safeParse(value);
  if (!error) throw new Error('it fits');
  return describeIssue(error, root);
}

describe('what zod finds wrong', () => {
  it('is told as one line that begins with the field', () => {
    expect(describeProblem({ amount: 'much' })).toBe('amount: Invalid input: expected number, received string');
    expect(describeProblem({})).toMatch(/^amount: /);
  });

  it('names a field within by its whole path', () => {
    expect(describeProblem({ amount: 1, lines: [{ sku: 'a' }, { sku: 7 }] })).toMatch(/^lines\.1\.sku: /);
  });

  it('names the whole when no field is to blame', () => {
    expect(describeProblem([])).toMatch(/^body: /);
    expect(describeProblem(null, 'input')).toMatch(/^input: /);
    expect(describeProblem({ amount: 1, amuont: 2 }, 'data')).toMatch(/^data: .*amuont/);
  });

  it('tells the first of several', () => {
    expect(describeProblem({ amount: 'much', lines: 'none' })).toMatch(/^amount: [^;\n]*$/);
  });

  it('does not repeat the value, which may be private', () => {
    expect(describeProblem({ amount: 'secret', owner: 'secret' })).not.toContain('secret');
    expect(describeProblem({ amount: 1, owner: ['secret'] })).not.toContain('secret');
  });

  it('stays a line, however long the path is', () => {
    const { error } = z.record(z.string(), z.number()).safeParse({ ['x'.repeat(10_000)]: 'a' });
    if (!error) throw new Error('it fits');
    expect(Buffer.byteLength(describeIssue(error))).toBeLessThanOrEqual(LIMITS.textBytes);
  });

  it('has a word even for an error without an issue', () => {
    expect(describeIssue(new z.ZodError([]))).toBe('invalid');
  });
});
