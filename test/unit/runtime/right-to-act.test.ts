import { describe, expect, it } from '@jest/globals';
import { Fatal, Unavailable } from '../../../shared/core/errors.ts';
import { type RightToAct, rightUntil, untilKnown } from '../../../shared/runtime/right-to-act.ts';
import { SeededRandom } from '../../../shared/testing/seeded-random.ts';
import { VirtualClock } from '../../../shared/testing/virtual-clock.ts';
import { Latch } from '../../support/latch.ts';

const unknown = new Unavailable('journal-unknown', { operation: 'insert', problem: 'timeout' });
const absent = new Unavailable('broker-unavailable', { problem: 'refused' });
const unroutable = new Unavailable('publish-unroutable', { exchange: 'work', routingKey: 'a.b' });

function setup(chance = 0.5) {
  const clock = new VirtualClock();
  const ended = new AbortController();
  const right = rightUntil(clock, { next: () => chance, id: () => 'x' }, ended.signal);
  return { clock, ended, right };
}

/** Rejects with these errors, one after the other; then resolves. Writes down when it was asked. */
function answering(clock: VirtualClock, errors: readonly Error[]) {
  const askedAt: number[] = [];
  const act = async (): Promise<string> => {
    askedAt.push(clock.monotonic());
    const error = errors[askedAt.length - 1];
    if (error) throw error;
    return 'done';
  };
  return { act, askedAt };
}

describe('the right to act', () => {
  it('asks once when the answer is known', async () => {
    const { clock, right } = setup();
    const { act, askedAt } = answering(clock, []);
    expect(await untilKnown(act, right)).toBe('done');
    expect(askedAt).toEqual([0]);
    expect(clock.untilNext).toBeUndefined();
  });

  it('asks again while the outcome is not known, after pauses that double up to 2 s', async () => {
    const { clock, right } = setup(1 - 2 ** -53);
    const { act, askedAt } = answering(clock, [unknown, absent, unknown, absent, unknown, absent, unknown, absent]);
    const done = untilKnown(act, right);
    await clock.advance(60_000);
    expect(await done).toBe('done');
    const pauses = askedAt.slice(1).map((at, index) => Math.round(at - (askedAt[index] ?? 0)));
    expect(pauses).toEqual([50, 100, 200, 400, 800, 1_600, 2_000, 2_000]);
  });

  it('spreads a crowd: a pause is at least half as long and never longer', async () => {
    const { clock } = setup();
    const ended = new AbortController().signal;
    const random = new SeededRandom('pauses');
    const crowd = Array.from({ length: 200 }, () => answering(clock, [unknown]));
    const done = Promise.all(crowd.map(({ act }) => untilKnown(act, rightUntil(clock, random, ended))));
    await clock.advance(100);
    await done;
    const pauses = crowd.map(({ askedAt }) => askedAt[1] ?? 0);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(25);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(50);
    expect(Math.max(...pauses) - Math.min(...pauses)).toBeGreaterThan(20);
  });

  it.each([
    ['a mistake', new TypeError('a mistake')],
    ['what has no station', unroutable],
    ['the end of the process', new Fatal('stopped', { what: 'The journal' })],
  ])('does not repeat %s', async (_, error) => {
    const { clock, right } = setup();
    const { act, askedAt } = answering(clock, [error]);
    await expect(untilKnown(act, right)).rejects.toBe(error);
    expect(askedAt).toHaveLength(1);
  });

  it('ends during a pause, without waiting for its end, when the process may not act any more', async () => {
    const { clock, ended, right } = setup();
    const { act, askedAt } = answering(
      clock,
      Array.from({ length: 100 }, () => unknown),
    );
    const done = untilKnown(act, right);
    done.catch(() => {});
    await clock.advance(10_000);
    const asked = askedAt.length;
    const lost = new Fatal('liveness-lost', { worker: 'w', timeoutMs: 5_000 });
    ended.abort(lost);
    await expect(done).rejects.toBe(lost);
    expect(askedAt).toHaveLength(asked);
    expect(clock.untilNext).toBeUndefined();
  });

  it('does nothing for a process that may not act', async () => {
    const { clock, ended, right } = setup();
    const { act, askedAt } = answering(clock, []);
    ended.abort(new Fatal('stopped', { what: 'Worker w' }));
    await expect(untilKnown(act, right)).rejects.toThrow('Worker w is stopped.');
    expect(askedAt).toEqual([]);
  });

  it('does not let a process go on that lost its right while it waited for the answer, before any timer ran', async () => {
    const { right: base } = setup();
    let may = true;
    const right: RightToAct = {
      ...base,
      mayAct: () => {
        if (!may) throw new Fatal('liveness-lost', { worker: 'w', timeoutMs: 5_000 });
      },
    };
    const answer = new Latch();
    const done = untilKnown(() => answer.pass(), right);
    await answer.reached;
    may = false;
    answer.release();
    await expect(done).rejects.toMatchObject({ code: 'liveness-lost' });
  });

  it('ends with an error of the catalogue, whatever the signal was aborted with', async () => {
    const { ended, right } = setup();
    ended.abort('just so');
    await expect(untilKnown(async () => 'done', right)).rejects.toMatchObject({ code: 'stopped' });
  });
});
