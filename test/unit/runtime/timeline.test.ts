import { describe, expect, it } from '@jest/globals';
import type { Attempt, Snapshot, WorkflowHistory } from '../../../shared/journal/records.ts';
import { describeMs, renderTimeline, timelineOf } from '../../../shared/runtime/timeline.ts';

const BEGUN = Date.UTC(2026, 0, 1);
const at = (ms: number): Date => new Date(BEGUN + ms);

const attempt = (step: number, number: number, ms: number, rest: Partial<Attempt> = {}): Attempt => ({
  _id: `w/${step}/${number}`,
  workflowId: 'w',
  step,
  attempt: number,
  kind: 'run',
  action: step === 1 ? 'weigh' : 'pay',
  worker: `worker-${number}`,
  token: 't',
  at: at(ms),
  ...rest,
});

const snapshot = (step: number, number: number, rest: Partial<Snapshot> = {}): Snapshot => ({
  _id: `w/${step}`,
  workflowId: 'w',
  step,
  kind: 'run',
  action: step === 1 ? 'weigh' : 'pay',
  attempt: number,
  worker: `worker-${number}`,
  changes: {},
  state: step === 1 ? 'weighed' : 'paid',
  data: {},
  next: step === 1 ? { action: 'pay' } : { end: 'succeeded' },
  at: at(2_500),
  durationMs: 7.4,
  ...rest,
});

const history = (attempts: readonly Attempt[], snapshots: readonly Snapshot[]): WorkflowHistory => ({
  head: {
    _id: 'w',
    workflow: 'parcel',
    version: 3,
    businessKey: 'p-1',
    status: 'running',
    input: {},
    source: '/post',
    eventId: '1',
    startedAt: at(0),
    workflowId: 'w',
  },
  attempts,
  snapshots,
});

describe('a timeline', () => {
  it('says what became of each attempt: completed, repeated, lost, under way', () => {
    const entries = timelineOf(
      history(
        [
          attempt(1, 1, 10, { fate: 'failed', reason: 'no scale', settledAt: at(30) }),
          attempt(1, 2, 500),
          attempt(1, 3, 5_500),
          attempt(2, 1, 6_000),
        ],
        [snapshot(1, 3)],
      ),
    );
    expect(entries.map(({ step, attempt: number, result, why }) => [step, number, result, why])).toEqual([
      [1, 1, 'failed', 'no scale'],
      [1, 2, 'lost', undefined],
      [1, 3, 'completed', undefined],
      [2, 1, 'open', undefined],
    ]);
    expect(entries.map(({ sinceStartMs }) => sinceStartMs)).toEqual([10, 500, 5_500, 6_000]);
    expect(entries.map(({ tookMs }) => tookMs)).toEqual([20, undefined, 7.4, undefined]);
    expect(entries.map(({ state }) => state)).toEqual([undefined, undefined, 'weighed', undefined]);
  });

  it('tells the failure that an action ended with from one that was repeated', () => {
    const [entry] = timelineOf(
      history([attempt(1, 1, 1)], [snapshot(1, 1, { failure: { code: 'too-heavy', message: '' }, state: 'refused' })]),
    );
    expect(entry).toMatchObject({ result: 'completed', why: 'too-heavy', state: 'refused' });
    const failure = { code: 'too-heavy', message: '40 kg' };
    const [explained] = timelineOf(history([attempt(1, 1, 1)], [snapshot(1, 1, { failure, state: 'refused' })]));
    expect(explained?.why).toBe('too-heavy: 40 kg');
  });

  it('reads as a table, the step named once', () => {
    const text = renderTimeline(
      history(
        [
          attempt(1, 1, 10, { fate: 'failed', reason: 'no scale', settledAt: at(30) }),
          attempt(1, 2, 1_500),
          attempt(2, 1, 2_400),
        ],
        [snapshot(1, 2), snapshot(2, 1)],
      ),
    );
    expect(text.split('\n')).toEqual([
      'parcel 3 · p-1 · w · succeeded (paid) after 2.50 s',
      '',
      'step  action  attempt  result             state    began    took   worker',
      '1     weigh   1        retried: no scale           +10 ms   20 ms  worker-1',
      '      weigh   2        completed          weighed  +1.50 s  7 ms   worker-2',
      '2     pay     1        completed          paid     +2.40 s  7 ms   worker-1',
    ]);
  });

  it('says where a workflow stands that has not ended', () => {
    const parked = attempt(1, 1, 10, { fate: 'parked', code: 'retries-exhausted', settledAt: at(40) });
    const title = (of: WorkflowHistory): string | undefined => renderTimeline(of).split('\n')[0];
    expect(title(history([], []))).toBe('parcel 3 · p-1 · w · running, at step 1');
    expect(title(history([parked], []))).toBe('parcel 3 · p-1 · w · parked at step 1 after 40 ms: retries-exhausted');
  });

  it('names durations as people do', () => {
    expect([0.4, 999, 1_000, 99_940, 600_000].map(describeMs)).toEqual([
      '0 ms',
      '999 ms',
      '1.00 s',
      '99.94 s',
      '10 min',
    ]);
  });
});
