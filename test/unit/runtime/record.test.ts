import { describe, expect, it } from '@jest/globals';
import type { Advance, Decision } from '../../../shared/core/transition.ts';
import { record } from '../../../shared/runtime/record.ts';
import { StationBench, WORKFLOW_ID } from '../../support/station-bench.ts';

const advance: Advance = {
  kind: 'advance',
  changes: { pack: 'done' },
  state: 'packed',
  data: { weight: 5, pack: 'done' },
  next: { action: 'send' },
};

/** A step whose only attempt is this worker's. */
async function setup() {
  const bench = await StationBench.open();
  const [attempt] = await bench.attempts(1, [undefined], { worker: 'worker-1' });
  if (!attempt) throw new Error('no attempt');
  const recorded = (decision: Decision, durationMs = 7) =>
    record(bench.context, bench.claimed(attempt), decision, durationMs);
  return { bench, attempt, recorded };
}

describe('recording a decision', () => {
  it('is inserting the snapshot: what was decided, by whom, and what comes next', async () => {
    const { bench, recorded } = await setup();
    expect(await recorded(advance, 7.4)).toEqual({ kind: 'recorded' });
    expect(await bench.journal.readSnapshot(WORKFLOW_ID, 1)).toEqual({
      _id: `${WORKFLOW_ID}/00001`,
      workflowId: WORKFLOW_ID,
      step: 1,
      kind: 'run',
      action: 'pack',
      attempt: 1,
      worker: 'worker-1',
      changes: { pack: 'done' },
      state: 'packed',
      data: { weight: 5, pack: 'done' },
      next: { action: 'send' },
      at: new Date(bench.clock.now()),
      durationMs: 7,
    });
    // The snapshot names the attempt: that settles it.
    expect((await bench.fateOf(1, 1))?.fate).toBeUndefined();
    expect(bench.published).toEqual([]);
  });

  it('keeps the declared failure that led there', async () => {
    const { bench, recorded } = await setup();
    await recorded({ ...advance, failure: { code: 'refused', message: 'no' } });
    expect((await bench.journal.readSnapshot(WORKFLOW_ID, 1))?.failure).toEqual({ code: 'refused', message: 'no' });
  });

  it('a second result of a step has no effect: its attempt is void, and the first one is what is followed', async () => {
    const { bench, recorded } = await setup();
    const snapshot = await bench.decide(1, { attempt: 9, worker: 'other' });
    expect(await recorded(advance)).toEqual({ kind: 'decided', snapshot, moved: false });
    expect(await bench.fateOf(1, 1)).toMatchObject({ fate: 'void' });
    expect(await bench.journal.readSnapshot(WORKFLOW_ID, 1)).toEqual(snapshot);
  });

  it.each<[Decision, object]>([
    [
      { kind: 'schedule-retry', code: 'action-asked', reason: 'busy', delayMs: 5, failures: 1 },
      { fate: 'failed', code: 'action-asked', reason: 'busy' },
    ],
    [
      { kind: 'park', code: 'outcome-invalid', reason: 'a text' },
      { fate: 'parked', code: 'outcome-invalid', reason: 'a text' },
    ],
    [{ kind: 'release' }, { fate: 'released' }],
  ])('or setting the attempt’s fate, and nothing is sent yet: %j', async (decision, settlement) => {
    const { bench, attempt, recorded } = await setup();
    expect(await recorded(decision)).toEqual({ kind: 'recorded' });
    const settledAt = new Date(bench.clock.now());
    expect(await bench.fateOf(1, 1)).toEqual({ ...attempt, ...settlement, settledAt });
    expect(bench.published).toEqual([]);
  });

  it('another fate that was first stands, and is what is acted on', async () => {
    const { bench, attempt, recorded } = await setup();
    await bench.journal.settleAttempt(attempt._id, { fate: 'parked', code: 'lost-alone', at: new Date(0) });
    expect(await recorded({ kind: 'release' })).toMatchObject({ kind: 'parked' });
    expect(await bench.fateOf(1, 1)).toMatchObject({ fate: 'parked', code: 'lost-alone' });
  });

  it('the same fate again is recorded: the reply to the first write was lost', async () => {
    const { attempt, bench, recorded } = await setup();
    await bench.journal.settleAttempt(attempt._id, { fate: 'released', at: new Date(0) });
    expect(await recorded({ kind: 'release' })).toEqual({ kind: 'recorded' });
  });
});
