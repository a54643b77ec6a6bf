import { describe, expect, it } from '@jest/globals';
import { Deadlines } from '../../../../shared/journal/mongodb/deadlines.ts';
import { VirtualClock } from '../../../../shared/testing/virtual-clock.ts';

const LIMIT_MS = 5_000;

describe('deadlines', () => {
  it('give every operation at least the limit, and at most a quarter of a second more', async () => {
    for (const waitMs of [0, 1, 100, 249, 250, 251]) {
      const clock = new VirtualClock();
      const deadlines = new Deadlines(clock, LIMIT_MS);
      deadlines.signal();
      await clock.advance(waitMs);
      const signal = deadlines.signal();
      await clock.advance(LIMIT_MS - 1);
      expect(signal.aborted).toBe(false);
      await clock.advance(251);
      expect(signal.aborted).toBe(true);
    }
  });

  it('share one signal among operations that begin together', async () => {
    const clock = new VirtualClock();
    const deadlines = new Deadlines(clock, LIMIT_MS);
    const first = deadlines.signal();
    await clock.advance(100);
    expect(deadlines.signal()).toBe(first);
    await clock.advance(150);
    expect(deadlines.signal()).not.toBe(first);
  });

  it('abort with the name by which the driver knows a timeout', async () => {
    const clock = new VirtualClock();
    const signal = new Deadlines(clock, LIMIT_MS).signal();
    await clock.advance(2 * LIMIT_MS);
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
  });

  it('leave no timer behind', async () => {
    const clock = new VirtualClock();
    const deadlines = new Deadlines(clock, LIMIT_MS);
    for (let round = 0; round < 5; round += 1) {
      deadlines.signal();
      await clock.advance(300);
    }
    deadlines.close();
    expect(clock.untilNext).toBeUndefined();
  });
});
