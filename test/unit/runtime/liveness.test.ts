import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { Fatal } from '../../../shared/core/errors.ts';
import { InMemoryStore } from '../../../shared/journal/in-memory/index.ts';
import { KnownIntents } from '../../../shared/runtime/known-intents.ts';
import { fenceAfterMs, Liveness } from '../../../shared/runtime/liveness.ts';
import { silentLog } from '../../../shared/runtime/log.ts';
import { settle, VirtualClock } from '../../../shared/testing/virtual-clock.ts';
import {
  alive,
  FENCE_MS,
  hangingFrom,
  heartbeat,
  lostError,
  TIMEOUT_MS,
  unanswered,
  WORKER,
} from '../../support/heartbeat.ts';
import { Latch } from '../../support/latch.ts';
import { onCall } from '../../support/on-call.ts';

describe('a worker’s heartbeat', () => {
  it('is there before the worker may act, and is renewed each second', async () => {
    const { clock, liveness, calls, lostAt } = heartbeat();
    expect(() => liveness.mayAct()).toThrow('Worker worker-1 is stopped.');
    const start = liveness.start();
    expect(liveness.started).toBe(false);
    await start;
    expect(liveness.started).toBe(true);
    liveness.mayAct();
    await clock.advance(3_500);
    expect(calls).toEqual(['join 0', 'renew 1000', 'renew 2000', 'renew 3000']);
    await clock.advance(3_600_000);
    liveness.mayAct();
    expect(lostAt).toEqual([]);
  });

  it('is not begun twice', async () => {
    const { liveness, calls } = await alive();
    await liveness.start();
    expect(calls).toEqual(['join 0']);
  });

  it('is not begun under a name that is recorded dead', async () => {
    const clock = new VirtualClock();
    const journal = new InMemoryStore(clock).connect();
    await journal.join(WORKER, []);
    await clock.advance(TIMEOUT_MS);
    expect(await journal.judgeHolder(WORKER._id, TIMEOUT_MS)).toEqual({ kind: 'dead' });
    const again = new Liveness({
      journal,
      clock,
      log: silentLog,
      worker: WORKER,
      timeoutMs: TIMEOUT_MS,
      intents: new KnownIntents(),
    });
    await expect(again.start()).rejects.toMatchObject({ code: 'worker-dead' });
    expect(again.started).toBe(false);
    expect(() => again.mayAct()).toThrow('Worker worker-1 is stopped.');
  });

  it('a renewal that hangs does not hold up the next one', async () => {
    let asked = 0;
    const { clock, liveness, calls, lostAt } = await alive((journal) =>
      onCall(journal, 'renew', (call) => (asked++ % 4 < 3 ? new Promise(() => {}) : call())),
    );
    await clock.advance(60_500);
    expect(calls).toHaveLength(61);
    expect(lostAt).toEqual([]);
    liveness.mayAct();
  });

  it('a renewal that fails is tried again a second later', async () => {
    const { clock, liveness, lostAt } = await alive((journal, at) =>
      onCall(journal, 'renew', (call) => (at.monotonic() % 4_000 === 0 ? call() : Promise.reject(unanswered))),
    );
    await clock.advance(60_000);
    liveness.mayAct();
    expect(lostAt).toEqual([]);
  });

  it('does not mind the wall clock, however it jumps', async () => {
    const { clock, liveness, lostAt, judge } = await alive();
    for (const jump of [86_400_000, -2 * 86_400_000, 1]) {
      clock.jumpWall(jump);
      liveness.mayAct();
      await clock.advance(1_500);
    }
    expect(lostAt).toEqual([]);
    expect((await judge()).kind).toBe('alive');
  });
});

describe('a worker that cannot renew', () => {
  it('fences itself before its death can be recorded (L1)', async () => {
    const { clock, liveness, lostAt, judge } = await alive(hangingFrom(10_500));
    await clock.advance(10_000 + FENCE_MS - 1);
    liveness.mayAct();
    await clock.advance(1);
    expect(lostAt).toEqual([10_000 + FENCE_MS]);
    expect(() => liveness.mayAct()).toThrow(lostError);
    expect((await judge()).kind).toBe('alive');
    await clock.advance(TIMEOUT_MS - FENCE_MS);
    expect((await judge()).kind).toBe('dead');
  });

  it('counts from before the renewal was sent, not from its answer (L1)', async () => {
    const { clock, liveness, lostAt } = await alive((journal, at) =>
      onCall(journal, 'renew', async (call) => {
        if (at.monotonic() > 1_000) return new Promise(() => {});
        const answer = await call();
        await at.sleep(3_000);
        return answer;
      }),
    );
    await clock.advance(1_000 + FENCE_MS - 1);
    liveness.mayAct();
    await clock.advance(1);
    expect(lostAt).toEqual([1_000 + FENCE_MS]);
  });

  it('counts a slow joining from before it was sent, too (L1)', async () => {
    const { clock, liveness } = heartbeat((journal, at) =>
      onCall(hangingFrom(0)(journal, at), 'join', async (call) => {
        await call();
        await at.sleep(4_000);
      }),
    );
    const start = liveness.start();
    await clock.advance(4_000);
    await start;
    liveness.mayAct();
    await clock.advance(FENCE_MS - 4_000);
    expect(() => liveness.mayAct()).toThrow(lostError);
  });

  it('may not act at all when its joining took longer than it may live', async () => {
    const { clock, liveness, lostAt } = heartbeat((journal, at) =>
      onCall(journal, 'join', async (call) => {
        await call();
        await at.sleep(TIMEOUT_MS);
      }),
    );
    const start = liveness.start();
    await clock.advance(TIMEOUT_MS);
    await start;
    await clock.advance(0);
    expect(lostAt).toEqual([TIMEOUT_MS]);
    expect(() => liveness.mayAct()).toThrow(lostError);
  });

  it('is not moved back by the answer to an older renewal that comes after a newer one’s', async () => {
    const { clock, liveness, lostAt } = await alive((journal, at) =>
      onCall(journal, 'renew', async (call) => {
        const sentAt = at.monotonic();
        if (sentAt > 2_000) return new Promise(() => {});
        const answer = await call();
        if (sentAt === 1_000) await at.sleep(2_000);
        return answer;
      }),
    );
    await clock.advance(2_000 + FENCE_MS - 1);
    liveness.mayAct();
    await clock.advance(1);
    expect(lostAt).toEqual([2_000 + FENCE_MS]);
  });

  it.each([
    [1_000, 500],
    [5_000, 4_500],
    [15_000, 13_500],
    [60_000, 54_000],
  ])('leaves room before a timeout of %d ms: it fences itself after %d', (timeoutMs, fenceMs) => {
    expect(fenceAfterMs(timeoutMs)).toBe(fenceMs);
  });
});

describe('a process that was paused', () => {
  /** Time passes for everybody, but no timer of this process has run yet. */
  class PausedClock extends VirtualClock {
    pausedMs = 0;
    override monotonic(): number {
      return super.monotonic() + this.pausedMs;
    }
  }

  it('finds out when it asks, before any timer has run (L1)', async () => {
    const clock = new PausedClock();
    const journal = new InMemoryStore(clock).connect();
    const liveness = new Liveness({
      journal,
      clock,
      log: silentLog,
      worker: WORKER,
      timeoutMs: TIMEOUT_MS,
      intents: new KnownIntents(),
    });
    const lost: Fatal[] = [];
    liveness.onLost((error) => lost.push(error));
    await liveness.start();
    clock.pausedMs = FENCE_MS - 1;
    liveness.mayAct();
    clock.pausedMs = FENCE_MS;
    expect(() => liveness.mayAct()).toThrow(lostError);
    expect(lost).toEqual([lostError]);
    expect(liveness.ended.aborted).toBe(true);
    expect(clock.untilNext).toBeUndefined();
  });
});

describe('a worker that has lost its right', () => {
  it('loses it at once when a renewal says that its death is recorded', async () => {
    const { clock, liveness, lostAt } = await alive((journal) => onCall(journal, 'renew', async () => false));
    await clock.advance(1_000);
    expect(lostAt).toEqual([1_000]);
    expect(() => liveness.mayAct()).toThrow(lostError);
  });

  it('has lost it for good: no answer brings it back, and everything under its name ends (L2)', async () => {
    const answer = new Latch();
    const { clock, liveness, calls, lostAt } = await alive((journal) =>
      onCall(journal, 'renew', async () => {
        if (calls.length > 2) return new Promise(() => {}); // those after the first hang
        await answer.pass();
        return true;
      }),
    );
    await clock.advance(FENCE_MS);
    answer.release();
    await settle();
    expect(liveness.started).toBe(false);
    expect(liveness.ended.reason).toEqual(lostError);
    expect(() => liveness.mayAct()).toThrow(lostError);
    const asked = calls.length;
    await clock.advance(60_000);
    await liveness.start();
    await liveness.stop();
    expect(calls).toHaveLength(asked); // neither renewed, nor joined again, nor removed
    expect(lostAt).toHaveLength(1);
    expect(() => liveness.mayAct()).toThrow(lostError);
  });

  it('L1: is never taken for dead while it may act, whatever its renewals meet', async () => {
    const fate = fc.record({
      toMs: fc.nat({ max: 3_000 }),
      backMs: fc.nat({ max: 3_000 }),
      lost: fc.constantFrom('no', 'no', 'request', 'answer'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fate, { minLength: 1, maxLength: 12 }), async (fates) => {
        let asked = 0;
        const { clock, liveness, judge, lostAt } = await alive((journal, at) =>
          onCall(journal, 'renew', async (call) => {
            const met = fates[asked++];
            if (!met) return new Promise(() => {});
            await at.sleep(met.toMs);
            if (met.lost === 'request') throw unanswered;
            const answer = await call();
            await at.sleep(met.backMs);
            if (met.lost === 'answer') throw unanswered;
            return answer;
          }),
        );
        for (let look = 0; look < 300 && lostAt.length === 0; look += 1) {
          await clock.advance(100);
          // Whoever asks may record its death: so a death that came too early would stay, and show.
          if ((await judge()).kind === 'dead') expect(() => liveness.mayAct()).toThrow(lostError);
        }
        expect(lostAt).toHaveLength(1);
      }),
      { numRuns: 30 },
    );
  });
});
