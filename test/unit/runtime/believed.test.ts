import { describe, expect, it } from '@jest/globals';
import { Believed } from '../../../shared/runtime/believed.ts';
import { VirtualClock } from '../../../shared/testing/virtual-clock.ts';

function setup(failures = 0) {
  const clock = new VirtualClock();
  let asked = 0;
  const believed = new Believed(clock, 1_000, async () => {
    asked += 1;
    if (asked <= failures) throw new Error('no answer');
    return asked;
  });
  return { clock, believed };
}

describe('an answer that is believed for a while', () => {
  it('is asked for once for all who want it at the same time, and again when it has run out', async () => {
    const { clock, believed } = setup();
    expect(new Set(await Promise.all(Array.from({ length: 100 }, () => believed.get())))).toEqual(new Set([1]));
    await clock.advance(999);
    expect(await believed.get()).toBe(1);
    await clock.advance(1);
    expect(new Set(await Promise.all(Array.from({ length: 100 }, () => believed.get())))).toEqual(new Set([2]));
  });

  it('is asked for again after a question that failed', async () => {
    const { believed } = setup(1);
    await expect(believed.get()).rejects.toThrow('no answer');
    expect(await believed.get()).toBe(2);
  });
});
