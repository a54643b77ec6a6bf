import { describe, expect, it } from '@jest/globals';
import type { Advance } from '../../../shared/core/transition.ts';
import { type Recordable, record } from '../../../shared/runtime/record.ts';
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
  const recorded = (decision: Recordable, durationMs = 7) =>
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

  it.each<[Recordable, object]>([
    [
      { kind: 'schedule-retry', code: 'action-asked', reason: 'busy', delayMs: 5, failures: 1 },
      // By it the steward knows what is late.
      { fate: 'failed', code: 'action-asked', reason: 'busy', dueAt: new Date(Date.UTC(2026, 0, 1) + 5) },
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

describe('counting decisions', () => {
  /** What a Prometheus scrape says of the decisions so far. */
  const counted = async (bench: StationBench): Promise<string[]> =>
    (await bench.metrics.render())
      .split('\n')
      .filter((line) =>
        /^conveyor_(workflows_ended_total|workflow_duration_seconds_sum|retries_total|parked_total)/.test(line),
      );
  const ended: Advance = { ...advance, next: { end: 'succeeded' } };

  it('counts an end, with the time since the start of the workflow', async () => {
    const { bench, attempt } = await setup();
    const claimed = bench.claimed(attempt, { startedAt: bench.clock.now() });
    await bench.clock.advance(1_500);
    await record(bench.context, claimed, ended, 7);
    expect(await counted(bench)).toEqual([
      'conveyor_workflow_duration_seconds_sum{workflow="parcel",status="succeeded"} 1.5',
      'conveyor_workflows_ended_total{workflow="parcel",status="succeeded"} 1',
    ]);
  });

  it.each<[Recordable, string]>([
    [
      { kind: 'schedule-retry', code: 'action-asked', reason: 'busy', delayMs: 5, failures: 1 },
      'conveyor_retries_total{action="pack",code="action-asked"} 1',
    ],
    [
      { kind: 'park', code: 'outcome-invalid', reason: 'a text' },
      'conveyor_parked_total{action="pack",code="outcome-invalid"} 1',
    ],
  ])('counts what becomes of an attempt: %j', async (decision, line) => {
    const { bench, recorded } = await setup();
    await recorded(decision);
    expect(await counted(bench)).toEqual([line]);
  });

  it('does not count a step that goes on, an attempt that is given back, or a decision that came too late', async () => {
    for (const decision of [advance, { kind: 'release' } as const]) {
      const { bench, recorded } = await setup();
      await recorded(decision);
      expect(await counted(bench)).toEqual([]);
    }
    const { bench, recorded } = await setup();
    await bench.decide(1, { attempt: 9, worker: 'other' });
    await recorded(ended);
    expect(await counted(bench)).toEqual([]);
  });
});
