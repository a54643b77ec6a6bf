import { describe, expect, it } from '@jest/globals';
import { doubledMs } from '../../../shared/core/doubling.ts';

describe('a pause that doubles', () => {
  it('begins with the first one, and grows up to its limit', () => {
    expect([0, 1, 2, 3, 4, 5].map((times) => doubledMs(50, times, 500))).toEqual([50, 100, 200, 400, 500, 500]);
  });

  it('is a number however often it has doubled, and nothing when it begins with nothing', () => {
    expect(doubledMs(1, 1e9, 300_000)).toBe(300_000);
    expect(doubledMs(0, 1e9, 300_000)).toBe(0);
  });
});
