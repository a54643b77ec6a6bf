import { describe, expect, it } from '@jest/globals';
import { completed, failed, retry } from '../../../../shared/core/outcome.ts';
import type { Performed } from '../../../../shared/core/transition.ts';
import { Metrics } from '../../../../shared/runtime/metrics.ts';
import { measure } from '../../../../shared/runtime/middleware/measurement.ts';
import { VirtualClock } from '../../../../shared/testing/virtual-clock.ts';
import { callWith } from '../../../support/calls.ts';

/** Performs an action that works for 250 ms, sent 100 ms ago. */
async function measured(performed: Performed, jumpMs = 0): Promise<readonly string[]> {
  const clock = new VirtualClock();
  const metrics = new Metrics();
  const through = measure(
    metrics,
    clock,
  )(async () => {
    clock.jumpWall(jumpMs);
    await clock.sleep(250);
    return performed;
  });
  const done = through(callWith({ sentAt: clock.now() - 100 }));
  await clock.advance(250);
  expect(await done).toBe(performed);
  return (await metrics.render()).split('\n').filter((line) => /_seconds_(sum|count)/.test(line));
}

describe('the measurement of an action', () => {
  it.each<[Performed, string]>([
    [completed({}), 'completed'],
    [failed('refused'), 'failed'],
    [retry('busy'), 'retry'],
    [{ kind: 'threw', code: 'action-threw', reason: '' }, 'retry'],
    [{ kind: 'threw', code: 'action-timed-out', reason: '' }, 'timed-out'],
    [{ kind: 'broken', code: 'outcome-invalid', reason: '' }, 'invalid'],
    [{ kind: 'interrupted' }, 'aborted'],
  ])('tells the way from the work, and with what outcome: %j', async (performed, outcome) => {
    expect(await measured(performed)).toEqual([
      `conveyor_action_duration_seconds_sum{action="pack",kind="run",outcome="${outcome}"} 0.25`,
      `conveyor_action_duration_seconds_count{action="pack",kind="run",outcome="${outcome}"} 1`,
      'conveyor_step_latency_seconds_sum{action="pack"} 0.1',
      'conveyor_step_latency_seconds_count{action="pack"} 1',
    ]);
  });

  it('is of the work alone when the wall clock jumps meanwhile', async () => {
    expect((await measured(completed({}), 86_400_000))[0]).toMatch(/ 0\.25$/);
  });
});
