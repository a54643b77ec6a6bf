import { describe, expect, it } from '@jest/globals';
import { SystemClock, SystemRandom } from '../../../shared/runtime/clock.ts';

describe('system clock', () => {
  it('calls once, not before the time has passed, and not at all when cancelled', async () => {
    const clock = new SystemClock();
    const started = clock.monotonic();
    let cancelledFired = false;
    clock
      .after(10, () => {
        cancelledFired = true;
      })
      .cancel();
    clock
      .after(0, () => {
        cancelledFired = true;
      })
      .cancel();
    await new Promise<void>((resolve) => {
      clock.after(20, resolve);
    });
    // The platform's timers count whole milliseconds: up to one is rounded away.
    expect(clock.monotonic() - started).toBeGreaterThanOrEqual(19);
    expect(cancelledFired).toBe(false);
  });

  it('takes a wait longer than the longest timer of the platform', () => {
    const clock = new SystemClock();
    let fired = false;
    const timer = clock.after(2 ** 40, () => {
      fired = true;
    });
    timer.cancel();
    expect(fired).toBe(false);
  });

  it('wakes a sleeper at once when its signal aborts', async () => {
    const clock = new SystemClock();
    const controller = new AbortController();
    const sleep = clock.sleep(60_000, controller.signal);
    controller.abort();
    await sleep;
  });
});

describe('system random', () => {
  it('makes unique ids of the promised form', () => {
    const random = new SystemRandom();
    const ids = new Set(Array.from({ length: 1_000 }, () => random.id()));
    expect(ids.size).toBe(1_000);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{20}$/);
  });
});
