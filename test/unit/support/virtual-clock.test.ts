import { describe, expect, it } from '@jest/globals';
import { VirtualClock } from '../../../shared/testing/virtual-clock.ts';

describe('virtual clock', () => {
  it('fires timers in order of time, then of creation', async () => {
    const clock = new VirtualClock();
    const fired: string[] = [];
    for (const [ms, name] of [
      [20, 'c'],
      [10, 'a'],
      [30, 'd'],
      [10, 'b'],
      [0, 'now'],
    ] as const) {
      clock.after(ms, () => fired.push(`${name}@${clock.monotonic()}`));
    }
    await clock.advance(25);
    expect(fired).toEqual(['now@0', 'a@10', 'b@10', 'c@20']);
    expect(clock.monotonic()).toBe(25);
    await clock.advance(5);
    expect(fired.at(-1)).toBe('d@30');
  });

  it('keeps the order among many timers, some of them cancelled', async () => {
    const clock = new VirtualClock();
    const fired: number[] = [];
    const timers = Array.from({ length: 500 }, (_, index) => {
      const at = (index * 7919) % 1_000;
      return clock.after(at, () => fired.push(at));
    });
    for (let index = 0; index < timers.length; index += 3) timers[index]?.cancel();
    await clock.advance(1_000);
    expect(fired).toHaveLength(333);
    expect(fired).toEqual([...fired].sort((a, b) => a - b));
  });

  it('lets promises come to rest between two timers', async () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    clock.after(1, () => {
      void Promise.resolve()
        .then(() => Promise.resolve())
        .then(() => seen.push('promises of the first timer'));
    });
    clock.after(1, () => seen.push('second timer'));
    await clock.advance(1);
    expect(seen).toEqual(['promises of the first timer', 'second timer']);
  });

  it('stops at the instant that makes the condition true, and says so when none does', async () => {
    const clock = new VirtualClock();
    let woken = 0;
    void clock.sleep(40).then(() => woken++);
    clock.after(100, () => {});
    await clock.runUntil(() => woken === 1, 1_000);
    expect(clock.monotonic()).toBe(40);
    await expect(clock.runUntil(() => false, 50)).rejects.toThrow('within 50 ms');
    await expect(clock.runUntil(() => false, 500)).rejects.toThrow('Nothing is left');
  });

  it('lets the wall clock jump without moving a timer', async () => {
    const clock = new VirtualClock(0);
    let fired = false;
    clock.after(10, () => {
      fired = true;
    });
    clock.jumpWall(-3_600_000);
    await clock.advance(10);
    expect(fired).toBe(true);
    expect(clock.now()).toBe(-3_600_000 + 10);
  });

  it('wakes a sleeper whose signal aborts, and forgets its timer', async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    const sleep = clock.sleep(1_000, controller.signal);
    controller.abort();
    await sleep;
    expect(clock.untilNext).toBeUndefined();
    await clock.sleep(1_000, controller.signal);
  });
});
