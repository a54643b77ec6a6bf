import { describe, expect, it } from '@jest/globals';
import { findAttempt, tally } from '../../../shared/runtime/step-view.ts';
import { StationBench, WORKFLOW_ID } from '../../support/station-bench.ts';

type Fates = Parameters<StationBench['attempts']>[1];

async function viewOf(fates: Fates) {
  const bench = new StationBench();
  await bench.attempts(1, fates);
  return bench.journal.readStep(WORKFLOW_ID, 1);
}

describe('the tally of a step', () => {
  it.each<[Fates, { failures: number; losses: number }]>([
    [[], { failures: 0, losses: 0 }],
    [['failed', 'failed'], { failures: 2, losses: 0 }],
    [[undefined, 'failed', undefined], { failures: 1, losses: 2 }],
    [['released', 'void', 'parked'], { failures: 0, losses: 0 }],
    [['failed', undefined, 'parked', 'operator', 'failed'], { failures: 1, losses: 0 }],
    [['parked', 'operator', undefined, 'parked', 'operator'], { failures: 0, losses: 0 }],
  ])('counts failures and losses since the last operator: %j', async (fates, expected) => {
    expect(tally(await viewOf(fates), fates.length)).toEqual(expected);
  });

  it('counts up to an attempt, that one included', async () => {
    const view = await viewOf(['failed', 'failed', undefined]);
    expect([0, 1, 2, 3].map((upTo) => tally(view, upTo))).toEqual([
      { failures: 0, losses: 0 },
      { failures: 1, losses: 0 },
      { failures: 2, losses: 0 },
      { failures: 2, losses: 1 },
    ]);
  });

  it('finds an attempt by its number', async () => {
    const view = await viewOf(['failed', undefined]);
    expect(findAttempt(view, 2)?.attempt).toBe(2);
    expect(findAttempt(view, 3)).toBeUndefined();
  });
});
