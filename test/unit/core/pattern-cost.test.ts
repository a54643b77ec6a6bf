import { describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../../shared/core/limits.ts';
import { patternSteps } from '../../../shared/core/pattern-cost.ts';

const longest = LIMITS.dataBytes;

describe('patternSteps', () => {
  it.each([
    '^[A-Z]{2}-\\d+$',
    '^[0-9a-f]*$',
    '^(?:abc)+$',
    '^(?:red|green|blue)$',
    '^[A-Za-z0-9_-]{21}$',
    '^a?b?c?$',
    '^[^\\]*+?(){}|]+$',
    '^\\p{L}+$',
    'urgent',
    '^(?<year>\\d{4})-(?<month>\\d{2})$',
    '^(?=[ab]{3}$)a',
  ])('lets %s pass on the longest text', (pattern) => {
    expect(patternSteps(pattern, longest)).toBeLessThanOrEqual(LIMITS.patternSteps);
  });

  it.each([
    ['a repetition in a repetition', '^(a+)+$'],
    ['alternatives in a repetition', '^(a|a)*$'],
    ['the same further down', '^((?:a|aa)b?)*$'],
    ['options repeated', '^(a?){30}a{30}$'],
    ['options in a row', `^${'a?'.repeat(40)}${'a'.repeat(40)}$`],
    ['alternatives in a row', `^${'(a|a)'.repeat(40)}$`],
    ['repetitions in a row', '^a*a*a*b$'],
    ['a repetition from anywhere', '.*a$'],
    ['a repetition beside the anchored alternative', '^a|b+c'],
    ['a back-reference', '^(a*)\\1$'],
    ['a named back-reference', '^(?<x>a*)\\k<x>$'],
    ['a repetition of a counted repetition', '^(?:a{1,20}){1,20}$'],
  ])('does not let %s pass', (_, pattern) => {
    // Not "greater than": what is no number must not pass either.
    expect(patternSteps(pattern, longest) <= LIMITS.patternSteps).toBe(false);
  });

  it('lets repetitions in a row pass on short texts', () => {
    expect(patternSteps('^[A-Z]+-[0-9]+$', 100)).toBeLessThanOrEqual(LIMITS.patternSteps);
  });

  it.each([
    ['^[0-9a-f]*$', 'f'.repeat(longest)],
    ['^(?:abc)+$', 'abc'.repeat(longest / 3)],
    ['^[a-z]+-[0-9]+$', 'a'.repeat(500)],
    ['[a-z]+1', 'a'.repeat(500)],
  ])('is no less than what matching takes: %s ends soon', (pattern, text) => {
    expect(patternSteps(pattern, text.length)).toBeLessThanOrEqual(LIMITS.patternSteps);
    const before = performance.now();
    new RegExp(pattern, 'u').test(`${text}!`);
    expect(performance.now() - before).toBeLessThan(1_000);
  });
});
