import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { durationMs } from '../../../shared/core/duration.ts';
import { Refused } from '../../../shared/core/errors.ts';

describe('a duration', () => {
  it.each([
    ['250ms', 250],
    ['10s', 10_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['30d', 2_592_000_000],
    ['0s', 0],
    ['1.5s', 1_500],
    ['0.1ms', 0],
    ['0.0005s', 1],
  ])('%s is %d ms', (text, ms) => {
    expect(durationMs(text, 'timeout')).toBe(ms);
  });

  it.each(['', '10', 's', '10 s', ' 10s', '10s\n', '-1s', '+1s', '1e3s', '.5s', '5.s', '10S', '10sec', '1h30m', '٣s'])(
    'is not %j',
    (text) => {
      expect(() => durationMs(text, 'pack.timeout')).toThrow(
        new Refused('duration-invalid', { field: 'pack.timeout', value: text }),
      );
    },
  );

  it('names the field and says how to write it', () => {
    expect(() => durationMs('soon', 'pack.timeout')).toThrow(/^pack\.timeout: "soon" is not a duration; write e\.g\. /);
  });

  it('is as long as its parts: sixty seconds are a minute, in any unit', () => {
    const same = [
      ['s', 1_000, 'ms'],
      ['m', 60, 's'],
      ['h', 60, 'm'],
      ['d', 24, 'h'],
    ] as const;
    fc.assert(
      fc.property(fc.nat({ max: 10_000 }), fc.constantFrom(...same), (count, [unit, parts, part]) => {
        expect(durationMs(`${count}${unit}`, 'any')).toBe(durationMs(`${count * parts}${part}`, 'any'));
      }),
    );
  });
});
