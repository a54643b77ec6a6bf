import { describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../../../shared/core/limits.ts';
import { completed, failed, retry } from '../../../../shared/core/outcome.ts';
import type { Performed } from '../../../../shared/core/transition.ts';
import { limitTime } from '../../../../shared/runtime/middleware/time-limit.ts';
import { VirtualClock } from '../../../../shared/testing/virtual-clock.ts';
import { callWith, keptLog } from '../../../support/calls.ts';

const LIMIT_MS = 10_000;
const GRACE_MS = LIMITS.abortGraceMs;
const threw: Performed = { kind: 'threw', code: 'action-threw', reason: 'AbortError: aborted' };
const timedOut = {
  kind: 'threw',
  code: 'action-timed-out',
  reason: 'Action "pack" did not end within 10000 ms.',
};

/** An action that returns this, so many milliseconds after it began, whatever its signal says. */
function perform(afterMs: number, says: Performed = completed({})) {
  const clock = new VirtualClock();
  const { log, lines } = keptLog();
  const call = callWith();
  const settled: { at: number; performed: Performed }[] = [];
  const through = limitTime(
    LIMIT_MS,
    clock,
    log,
  )(async () => {
    await clock.sleep(afterMs);
    return says;
  });
  void through(call).then((performed) => settled.push({ at: clock.monotonic(), performed }));
  return { clock, call, settled, lines };
}

describe('the time limit of an action', () => {
  it.each([completed({ box: 7 }), failed('refused'), retry('busy'), threw])(
    'does not touch what ends in time: $kind',
    async (says) => {
      const { clock, call, settled, lines } = perform(LIMIT_MS - 1, says);
      await clock.advance(LIMIT_MS - 1);
      expect(settled).toEqual([{ at: LIMIT_MS - 1, performed: says }]);
      expect(call.controller.signal.aborted).toBe(false);
      expect(clock.untilNext).toBeUndefined(); // no timer is left behind
      expect(lines).toEqual([]);
    },
  );

  it('aborts the signal at the limit, with the reason, and waits for the action', async () => {
    const { clock, call, settled } = perform(60_000);
    await clock.advance(LIMIT_MS - 1);
    expect(call.controller.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(call.controller.signal.reason).toEqual(new Error(timedOut.reason));
    expect(settled).toEqual([]);
  });

  it('an action that gives up when its signal aborts has timed out, at once', async () => {
    const clock = new VirtualClock();
    const { log, lines } = keptLog();
    const call = callWith();
    const through = limitTime(
      LIMIT_MS,
      clock,
      log,
    )(async ({ controller }) => {
      await clock.sleep(60_000, controller.signal);
      return threw;
    });
    const performed = through(call);
    await clock.advance(LIMIT_MS);
    expect(await performed).toEqual(timedOut);
    expect(clock.untilNext).toBeUndefined();
    expect(lines).toEqual([]);
  });

  it.each([completed({ box: 7 }), failed('refused')])(
    'what it still decides within the grace counts: $kind',
    async (says) => {
      const { clock, settled, lines } = perform(LIMIT_MS + GRACE_MS - 1, says);
      await clock.advance(LIMIT_MS + GRACE_MS);
      expect(settled).toEqual([{ at: LIMIT_MS + GRACE_MS - 1, performed: says }]);
      expect(lines).toEqual([]);
    },
  );

  it.each([retry('aborted'), threw])('an excuse within the grace was caused by the abort: $kind', async (says) => {
    const { clock, settled } = perform(LIMIT_MS + 1, says);
    await clock.advance(LIMIT_MS + 1);
    expect(settled).toEqual([{ at: LIMIT_MS + 1, performed: timedOut }]);
  });

  it('an action that ignores its signal is settled after the grace, reported, and reported again when it returns', async () => {
    const { clock, settled, lines } = perform(3_600_000);
    await clock.advance(LIMIT_MS + GRACE_MS - 1);
    expect(settled).toEqual([]);
    await clock.advance(1);
    const atEnd = [{ at: LIMIT_MS + GRACE_MS, performed: timedOut }];
    expect(settled).toEqual(atEnd);
    expect(lines).toEqual(['error: action ignores its abort signal; its attempt is settled without it']);
    await clock.advance(3_600_000);
    expect(settled).toEqual(atEnd); // its result has no effect
    expect(lines.slice(1)).toEqual(['warn: action returned long after its timeout; its result has no effect']);
  });

  it('passes a mistake of the engine on, and leaves no timer behind', async () => {
    const clock = new VirtualClock();
    const mistake = new TypeError('a mistake');
    const through = limitTime(LIMIT_MS, clock, keptLog().log)(() => Promise.reject(mistake));
    await expect(through(callWith())).rejects.toBe(mistake);
    expect(clock.untilNext).toBeUndefined();
  });
});
