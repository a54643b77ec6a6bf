// What is in order passes the audit, whatever it looks like.
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { IntentRecord } from '../../../shared/journal/intent-record.ts';
import type { Snapshot } from '../../../shared/journal/records.ts';
import { type AuditedJournal, auditJournal, auditWorkflow } from '../../../shared/runtime/audit.ts';
import { VirtualClock } from '../../../shared/testing/virtual-clock.ts';
import {
  anyHistory,
  audit,
  ended,
  LATER,
  ofAttempt,
  ofSnapshot,
  parked,
  refused,
  underWay,
  without,
  withoutEnd,
} from '../../support/audited.ts';
import { journalOf, makeHistory, parcel } from '../../support/histories.ts';

describe('the audit of a journal in order', () => {
  it('finds nothing, whatever the histories look like', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyHistory, { maxLength: 8 }), async (specs) => {
        const histories = specs.map((one) => makeHistory(one));
        const report = await audit(histories, { expected: histories.map(({ head }) => head._id), clockToleranceMs: 0 });
        expect(report.violations).toEqual([]);
        expect(report.clean).toBe(true);
        const { started, succeeded, failed, parked: stopped, running } = report.totals;
        expect(started).toBe(histories.length);
        expect(succeeded + failed + stopped + running).toBe(started);
      }),
    );
  });

  it('counts by what is true and names what has not ended', async () => {
    const report = await audit([ended, underWay, parked, refused].map((one) => makeHistory(one)));
    expect(report.totals).toEqual({
      started: 4,
      succeeded: 1,
      failed: 1,
      cancelled: 0,
      parked: 1,
      waiting: 0,
      running: 1,
      queued: 0,
      inFlight: 1,
    });
    expect(report.running).toMatchObject([{ businessKey: 'K-b', workflow: 'parcel', step: 2 }]);
    expect(report.running[0]?.standing).toMatch(/^at step 2, attempt 2 of send by worker-b-\d+ is open$/);
    expect(report.parked).toMatchObject([{ businessKey: 'K-c', standing: 'parked at step 2 (retries-exhausted)' }]);
    expect(report).toMatchObject({ steps: 7, lostAttempts: 1, attempts: 16 });
  });

  it('tells what is in flight from what is on its way to a worker', async () => {
    const retried = makeHistory(underWay);
    const last = retried.attempts.length - 1;
    const waiting = retried.attempts.map((made, index) =>
      index === last ? { ...made, fate: 'failed' as const, settledAt: made.at } : made,
    );
    const fresh = { ...makeHistory({ ...underWay, id: 'e' }), attempts: [], snapshots: [] };
    const { totals } = await audit([{ ...retried, attempts: waiting }, fresh, makeHistory({ ...underWay, id: 'f' })]);
    expect(totals).toMatchObject({ started: 3, running: 3, queued: 2, inFlight: 1 });
  });

  it('asks for what is related to many workflows at once, and says how far it is', async () => {
    const histories = Array.from({ length: 120 }, (_, index) => makeHistory({ ...ended, id: `w-${index}` }));
    const asked: number[] = [];
    const journal: AuditedJournal = {
      ...journalOf(histories),
      findIntents: async (ids) => {
        asked.push(ids.length);
        return [];
      },
    };
    const progress: number[] = [];
    const clock = new VirtualClock(LATER);
    const onProgress = (workflows: number) => void progress.push(workflows);
    expect(await auditJournal(journal, { clock, onProgress })).toMatchObject({ clean: true, totals: { started: 120 } });
    expect(asked).toEqual([50, 50, 20]);
    expect(progress).toEqual([50, 100, 120]);
  });

  it('does not let a workflow that was asked to cancel a thousand times hide the requests of its neighbours', async () => {
    const [noisy, quiet] = [makeHistory(ended), makeHistory(parked)].map(({ head }) => head._id);
    const requestOf = (workflowId = '', state: 'open' | 'closed' = 'closed', index = 0): IntentRecord => ({
      _id: `request-${workflowId}-${index}`,
      workflowId,
      reason: '',
      source: '',
      eventId: String(index),
      requestedAt: new Date(0),
      at: 0,
      state,
      ...(state === 'closed' ? { answer: { kind: 'refused', state: '', reason: '' } } : {}),
    });
    const requests = [
      ...Array.from({ length: 1_500 }, (_, index) => requestOf(noisy, 'closed', index)),
      requestOf(quiet, 'open'),
    ];
    const journal: AuditedJournal = {
      ...journalOf([makeHistory(ended), makeHistory(parked)]),
      findIntents: async (ids, limit) => requests.filter(({ workflowId }) => ids.includes(workflowId)).slice(0, limit),
    };
    const { violations } = await auditJournal(journal, { clock: new VirtualClock(LATER), drained: true });
    expect(violations).toEqual([
      expect.objectContaining({ workflowId: quiet, problem: expect.stringContaining('has no answer') }),
    ]);
  });

  it('accepts a head that lags for a moment, as after a crash', async () => {
    const history = makeHistory(ended);
    const lagging = { ...history, head: withoutEnd(history.head) };
    const end = history.snapshots.at(-1)?.at.getTime() ?? 0;
    expect(await audit([lagging], { clock: new VirtualClock(end + 30_000) })).toMatchObject({ clean: true });
  });

  it('accepts what is decided late: a snapshot that lands after its holder was taken for dead', async () => {
    const history = makeHistory({ ...ended, last: 'decided', steps: [['lost'], [], []] });
    const [lost] = history.attempts;
    if (!lost) throw new Error('no attempt');
    const late = history.snapshots.map((snapshot) =>
      snapshot.step === 1 ? { ...snapshot, attempt: 1, worker: lost.worker, at: lost.at } : snapshot,
    );
    const voided = history.attempts.map((attempt) =>
      attempt.step === 1 && attempt.attempt === 2
        ? { ...attempt, fate: 'void' as const, settledAt: attempt.at }
        : attempt,
    );
    expect((await audit([{ ...history, snapshots: late, attempts: voided }])).violations).toEqual([]);
  });

  it('looks again at what a scan caught half-way', async () => {
    const history = makeHistory(ended);
    const torn = { ...history, attempts: history.attempts.slice(0, -1) };
    const journal = {
      ...journalOf([history]),
      async *scanHistories() {
        yield torn;
      },
    };
    expect(await auditJournal(journal, { clock: new VirtualClock(LATER) })).toMatchObject({ clean: true });
  });
});

describe('the audit of any history', () => {
  it('finds a snapshot that is gone, moved to another state, or of another worker', () => {
    const spoilt = fc.constantFrom<(snapshot: Snapshot) => Snapshot | undefined>(
      without,
      (snapshot) => ({ ...snapshot, state: 'nowhere' }),
      (snapshot) => ({ ...snapshot, worker: 'thief' }),
      (snapshot) => ({ ...snapshot, attempt: snapshot.attempt + 7 }),
    );
    fc.assert(
      fc.property(anyHistory, fc.nat(), spoilt, (one, at, spoil) => {
        const history = makeHistory(one);
        fc.pre(history.snapshots.length > 0);
        const step = (at % history.snapshots.length) + 1;
        // Without anything after it, a step that lost its snapshot is a step that is being performed.
        fc.pre(
          spoil !== without || history.head.endedAt !== undefined || history.attempts.some((made) => made.step > step),
        );
        const findings = auditWorkflow(ofSnapshot(step, spoil)(history), parcel, { now: LATER, toleranceMs: 0 });
        expect(findings).not.toEqual([]);
      }),
    );
  });

  it('finds an attempt that is gone or has another number', () => {
    fc.assert(
      fc.property(anyHistory, fc.nat(), fc.boolean(), (one, at, isGone) => {
        const history = makeHistory(one);
        const { step, attempt } = history.attempts[at % history.attempts.length] ?? { step: 1, attempt: 1 };
        // The last attempt of an undecided step may as well not have been made yet.
        fc.pre(!isGone || step <= history.snapshots.length || history.head.status === 'parked');
        const spoil = ofAttempt(step, attempt, (made) =>
          isGone ? undefined : { ...made, attempt: made.attempt + 50 },
        );
        const findings = auditWorkflow(spoil(history), parcel, { now: LATER, toleranceMs: 0 });
        expect(findings).not.toEqual([]);
      }),
    );
  });
});
