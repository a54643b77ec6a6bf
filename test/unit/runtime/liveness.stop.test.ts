import { describe, expect, it } from '@jest/globals';
import { alive, heartbeat, TIMEOUT_MS, unanswered } from '../../support/heartbeat.ts';
import { onCall } from '../../support/on-call.ts';

describe('a clean stop', () => {
  it('removes the heartbeat, then ends: its last act, after which there is nothing to judge', async () => {
    const { clock, liveness, calls, judge, lostAt } = await alive();
    const stop = liveness.stop();
    expect(liveness.ended.aborted).toBe(false);
    await stop;
    expect(calls).toEqual(['join 0', 'leave 0']);
    expect(await judge()).toEqual({ kind: 'gone' });
    expect(liveness.ended.reason).toMatchObject({ code: 'stopped' });
    expect(() => liveness.mayAct()).toThrow('Worker worker-1 is stopped.');
    await clock.advance(60_000);
    await liveness.stop();
    expect(calls).toHaveLength(2);
    expect(lostAt).toEqual([]);
  });

  it('is not undone by the answer to a renewal that was on its way', async () => {
    const { clock, liveness, lostAt } = await alive((journal, at) =>
      onCall(journal, 'renew', async (call) => {
        await at.sleep(500);
        return call();
      }),
    );
    await clock.advance(1_200);
    await liveness.stop();
    await clock.advance(1_000); // the answer is false now
    expect(lostAt).toEqual([]);
    expect(liveness.ended.reason).toMatchObject({ code: 'stopped' });
  });

  it('tries again while the database does not answer, but no longer than the heartbeat would count', async () => {
    const { clock, liveness, calls } = await alive((journal) =>
      onCall(journal, 'leave', () => Promise.reject(unanswered)),
    );
    const stop = expect(liveness.stop()).rejects.toBe(unanswered);
    await clock.advance(TIMEOUT_MS * 2);
    await stop;
    const tries = calls.filter((call) => call.startsWith('leave'));
    expect(tries.slice(0, 3)).toEqual(['leave 0', 'leave 100', 'leave 200']);
    expect(tries.at(-1)).toBe(`leave ${TIMEOUT_MS}`);
    expect(clock.untilNext).toBeUndefined();
  });

  it('is done when one of the tries succeeds', async () => {
    let left = 3;
    const { clock, liveness, judge } = await alive((journal) =>
      onCall(journal, 'leave', (call) => (left-- > 0 ? Promise.reject(unanswered) : call())),
    );
    const stop = liveness.stop();
    await clock.advance(300);
    await stop;
    expect(await judge()).toEqual({ kind: 'gone' });
  });

  it('before the start has nothing to do', async () => {
    const { liveness, calls } = heartbeat();
    await liveness.stop();
    expect(calls).toEqual([]);
  });
});

describe('a stop that could not settle everything', () => {
  it('leaves the heartbeat, so that the others judge it when it has run out', async () => {
    const { clock, liveness, calls, judge, lostAt } = await alive();
    liveness.abandon();
    expect(() => liveness.mayAct()).toThrow('Worker worker-1 is stopped.');
    expect((await judge()).kind).toBe('alive');
    await clock.advance(TIMEOUT_MS);
    expect((await judge()).kind).toBe('dead');
    expect(calls).toEqual(['join 0']);
    expect(lostAt).toEqual([]);
  });
});
