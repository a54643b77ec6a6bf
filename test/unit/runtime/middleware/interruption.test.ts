import { describe, expect, it } from '@jest/globals';
import { completed, failed, retry } from '../../../../shared/core/outcome.ts';
import type { Performed } from '../../../../shared/core/transition.ts';
import { CallsUnderWay, Interrupted, watchInterrupts } from '../../../../shared/runtime/middleware/interruption.ts';
import { callWith } from '../../../support/calls.ts';
import { Latch } from '../../../support/latch.ts';

const threw: Performed = { kind: 'threw', code: 'action-threw', reason: 'AbortError: aborted' };

/** An action under way, which says this when it is let go on. */
async function underWay(says: Performed) {
  const callsUnderWay = new CallsUnderWay();
  const working = new Latch();
  const call = callWith();
  const performed = watchInterrupts(callsUnderWay)(async () => {
    await working.pass();
    return says;
  })(call);
  await working.reached;
  return { callsUnderWay, working, call, performed };
}

describe('an interruption of what a process performs', () => {
  it('reaches every signal, with the reason', async () => {
    const { callsUnderWay, call } = await underWay(threw);
    const other = new AbortController();
    callsUnderWay.enter(other);
    expect(callsUnderWay.size).toBe(2);
    callsUnderWay.interrupt('the process stops');
    for (const { signal } of [call.controller, other]) {
      expect(signal.reason).toEqual(new Interrupted('the process stops'));
    }
  });

  it.each([threw, retry('aborted')])('an action that then gives up has not failed: $kind', async (says) => {
    const { callsUnderWay, working, performed } = await underWay(says);
    callsUnderWay.interrupt('the process stops');
    working.release();
    expect(await performed).toEqual({ kind: 'interrupted' });
    expect(callsUnderWay.size).toBe(0);
  });

  it.each([completed({ box: 7 }), failed('refused')])(
    'one that decides all the same has decided: $kind',
    async (says) => {
      const { callsUnderWay, working, performed } = await underWay(says);
      callsUnderWay.interrupt('the process stops');
      working.release();
      expect(await performed).toBe(says);
    },
  );

  it('nothing that was claimed a moment ago begins after it', async () => {
    const callsUnderWay = new CallsUnderWay();
    callsUnderWay.interrupt('liveness lost');
    let begun = 0;
    const watched = watchInterrupts(callsUnderWay)(async () => {
      begun += 1;
      return completed({});
    });
    expect(await watched(callWith())).toEqual({ kind: 'interrupted' });
    expect(begun).toBe(0);
    expect(callsUnderWay.size).toBe(0);
  });

  it('a failure without it is a failure, also when its timeout aborted the signal', async () => {
    const { working, call, performed } = await underWay(threw);
    call.controller.abort(new Error('timed out'));
    working.release();
    expect(await performed).toBe(threw);
  });

  it('forgets what has ended, however it ended', async () => {
    const callsUnderWay = new CallsUnderWay();
    const failing = watchInterrupts(callsUnderWay)(() => Promise.reject(new TypeError('a mistake')));
    await expect(failing(callWith())).rejects.toThrow('a mistake');
    expect(callsUnderWay.size).toBe(0);
  });
});
