// The audit is what every fault test trusts, so it is tested itself: each thing that can be wrong is put into a history once and
// must be found, and nothing must be said about an innocent one.
import { describe, expect, it } from '@jest/globals';
import type { WorkflowHistory } from '../../../shared/journal/records.ts';
import type { AuditOptions, Invariant } from '../../../shared/runtime/audit.ts';
import { VirtualClock } from '../../../shared/testing/virtual-clock.ts';
import {
  audit,
  ended,
  ofAttempt,
  ofHead,
  ofSnapshot,
  omit,
  parked,
  refused,
  seconds,
  underWay,
  without,
  withoutEnd,
} from '../../support/audited.ts';
import { type HistorySpec, makeHistory } from '../../support/histories.ts';

/** One thing that is wrong: where it is put, and what must be said about it. */
interface Seed {
  readonly into: HistorySpec;
  readonly invariant: Invariant;
  readonly says: RegExp;
  readonly options?: Partial<AuditOptions>;
  readonly spoil: (history: WorkflowHistory) => WorkflowHistory;
}

/** So soon that a head may lag. */
const soonAfter = new VirtualClock(Date.parse('2026-01-01T00:02:00Z'));

const SEEDS: Readonly<Record<string, Seed>> = {
  'a head that never learned of the end': {
    into: ended,
    invariant: 'I1',
    says: /the head says running, the journal says succeeded since/,
    spoil: ofHead(withoutEnd),
  },
  'a head that lags when the line has come to rest, be it for a moment': {
    into: ended,
    invariant: 'I1',
    says: /the head says running, the journal says succeeded since/,
    options: { drained: true, clock: soonAfter },
    spoil: ofHead(withoutEnd),
  },
  'a head that says another end': {
    into: ended,
    invariant: 'I1',
    says: /the head says failed, the journal says succeeded/,
    spoil: ofHead((head) => ({ ...head, status: 'failed' })),
  },
  'a head that ended before its journal': {
    into: underWay,
    invariant: 'I1',
    says: /the head says succeeded, the journal says at step 2/,
    spoil: ofHead((head) => ({ ...head, status: 'succeeded', endedAt: head.startedAt })),
  },
  'an end without its time': {
    into: ended,
    invariant: 'I1',
    says: /the head says succeeded/,
    spoil: ofHead((head) => omit(head, 'endedAt')),
  },
  'a parked head of which the journal knows nothing': {
    into: underWay,
    invariant: 'I1',
    says: /the head says parked at step 2 \(no-station\), the journal says at step 2/,
    options: { clock: soonAfter },
    spoil: ofHead((head) => ({
      ...head,
      status: 'parked',
      parked: { step: 2, code: 'no-station', reason: '', at: head.startedAt },
    })),
  },
  'a parked head with another reason than its attempt': {
    into: parked,
    invariant: 'I1',
    says: /the head says parked at step 2 \(lost-alone\), the journal says parked at step 2 \(retries-exhausted\)/,
    spoil: ofHead((head) => ({ ...head, ...(head.parked ? { parked: { ...head.parked, code: 'lost-alone' } } : {}) })),
  },
  'a parked workflow whose head says running': {
    into: parked,
    invariant: 'I1',
    says: /the head says running, the journal says parked at step 2/,
    spoil: ofHead((head) => omit({ ...head, status: 'running' }, 'parked')),
  },
  'a workflow in flight when the line has come to rest': {
    into: underWay,
    invariant: 'I1',
    says: /still on the line: at step 2, attempt 2 of send/,
    options: { drained: true },
    spoil: (history) => history,
  },
  'an acknowledged start without a workflow': {
    into: ended,
    invariant: 'I1',
    says: /the journal has no head/,
    options: { expected: ['lost-workflow'] },
    spoil: (history) => history,
  },
  'a gap between two snapshots': {
    into: ended,
    invariant: 'I2',
    says: /step 2 has no snapshot, but step 3 has/,
    spoil: ofSnapshot(2, without),
  },
  'two snapshots of one step': {
    into: ended,
    invariant: 'I2',
    says: /step 2 has more than one snapshot/,
    spoil: (history) => ({
      ...history,
      snapshots: history.snapshots.flatMap((one) => (one.step === 2 ? [one, one] : one)),
    }),
  },
  'an action that the conditions did not choose': {
    into: { ...underWay, last: 'decided' },
    invariant: 'I2',
    says: /step 1: performed "pack", but state "placed" leads to "weigh"/,
    spoil: ofHead((head) => ({ ...head, input: { weight: 500 } })),
  },
  'a state that the action does not lead to': {
    into: ended,
    invariant: 'I2',
    says: /step 2: "pack" leads from "weighed" to "packed", not to "placed"/,
    spoil: ofSnapshot(2, (snapshot) => ({ ...snapshot, state: 'placed' })),
  },
  'a failure that the definition does not name': {
    into: refused,
    invariant: 'I2',
    says: /step 2: "pack" failing with "lost" leads from "weighed" to "nowhere"/,
    spoil: ofSnapshot(2, (snapshot) => ({ ...snapshot, failure: { code: 'lost', message: '' } })),
  },
  'a successor that the state does not lead to': {
    into: ended,
    invariant: 'I2',
    says: /step 1: state "weighed" leads to "pack", but the snapshot says the end succeeded/,
    spoil: ofSnapshot(1, (snapshot) => ({ ...snapshot, next: { end: 'succeeded' } })),
  },
  'a step decided after the end': {
    into: ended,
    invariant: 'I2',
    says: /step 4: decided after the end in state "sent"/,
    spoil: (history) => ({
      ...history,
      snapshots: [...history.snapshots, ...history.snapshots.slice(-1).map((one) => ({ ...one, step: 4 }))],
    }),
  },
  'data that forgot a change': {
    into: ended,
    invariant: 'I2',
    says: /step 2: the data is not the data before plus the changes/,
    spoil: ofSnapshot(2, (snapshot) => ({ ...snapshot, data: { weight: 150 } })),
  },
  'a missing attempt': {
    into: ended,
    invariant: 'I3',
    says: /step 1: attempt 1 is missing, but there is attempt 2/,
    spoil: ofAttempt(1, 1, without),
  },
  'a retry that did not wait for the failure': {
    into: ended,
    invariant: 'I3',
    says: /step 1: attempt 1 was held until .*, attempt 2 was made at/,
    spoil: ofAttempt(1, 1, (attempt) => ({ ...attempt, settledAt: seconds(attempt.settledAt ?? attempt.at, 60) })),
  },
  'a decision of an attempt that was taken over': {
    into: ended,
    invariant: 'I3',
    says: /step 2: attempt 1 was held until .*, attempt 2 was made at/,
    spoil: (history) =>
      ofSnapshot(2, (snapshot) => ({
        ...snapshot,
        attempt: 1,
        worker: history.attempts.find(({ step, attempt }) => step === 2 && attempt === 1)?.worker ?? '',
      }))(history),
  },
  'attempts against time': {
    into: ended,
    invariant: 'I3',
    says: /step 1: attempt 2 was made before attempt 1/,
    spoil: ofAttempt(1, 1, (attempt) => ({ ...attempt, at: seconds(attempt.at, 60) })),
  },
  'a decision of nobody': {
    into: ended,
    invariant: 'I3',
    says: /step 3: decided by attempt 9, which nobody made/,
    spoil: ofSnapshot(3, (snapshot) => ({ ...snapshot, attempt: 9 })),
  },
  'a decision of another than the holder': {
    into: ended,
    invariant: 'I3',
    says: /step 1: decided by thief, but attempt 2 was held by worker-a-1/,
    spoil: ofSnapshot(1, (snapshot) => ({ ...snapshot, worker: 'thief' })),
  },
  'a decision of an attempt that failed': {
    into: ended,
    invariant: 'I3',
    says: /step 1: decided by attempt 2, whose fate is "failed"/,
    spoil: ofAttempt(1, 2, (attempt) => ({ ...attempt, fate: 'failed', settledAt: attempt.at })),
  },
  'a step attempted before its turn': {
    into: underWay,
    invariant: 'I3',
    says: /step 2: attempted before step 1 was decided/,
    spoil: ofSnapshot(1, without),
  },
  'an attempt that lost against nothing': {
    into: underWay,
    invariant: 'I3',
    says: /step 2: attempt 2 lost against a decision that does not exist/,
    spoil: ofAttempt(2, 2, (attempt) => ({ ...attempt, fate: 'void', settledAt: attempt.at })),
  },
  'an operator where nothing was parked': {
    into: ended,
    invariant: 'I3',
    says: /step 3: attempt 2 is an operator's, but nothing was parked before it/,
    spoil: ofAttempt(3, 1, (attempt) => ({ ...attempt, fate: 'failed' })),
  },
  'a holder that lived on after it was taken for dead': {
    into: ended,
    invariant: 'I3',
    says: /step 2: attempt 1 was taken from worker-a-2 as from a dead one/,
    spoil: (history) => {
      const dead = history.attempts.find(({ step, attempt }) => step === 2 && attempt === 1);
      return ofSnapshot(3, (snapshot) => ({ ...snapshot, worker: dead?.worker ?? '' }))(history);
    },
  },
  'one step attempted as two actions': {
    into: ended,
    invariant: 'I4',
    says: /step 1: one step is one action, but it was attempted as unpack and weigh/,
    spoil: ofAttempt(1, 1, (attempt) => ({ ...attempt, action: 'unpack' })),
  },
  'an attempt under the key of another step': {
    into: ended,
    invariant: 'I4',
    says: /step 1: attempt .*\/00002\/00001 is not what its id says/,
    spoil: ofAttempt(1, 1, (attempt) => ({ ...attempt, _id: attempt._id.replace('/00001/', '/00002/') })),
  },
  'a snapshot under the key of another step': {
    into: ended,
    invariant: 'I4',
    says: /step 3: snapshot .*\/00002 is not what its id says/,
    spoil: ofSnapshot(3, (snapshot) => ({ ...snapshot, _id: snapshot._id.replace('/00003', '/00002') })),
  },
  'a workflow under the key of another start event': {
    into: ended,
    invariant: 'I4',
    says: /its id is not made of the source and id of its start event/,
    spoil: ofHead((head) => ({ ...head, eventId: 'another' })),
  },
};

describe('the audit of a journal that is not in order', () => {
  it.each(Object.entries(SEEDS))('finds %s', async (_, { into, invariant, says, options, spoil }) => {
    const innocent = makeHistory({ ...ended, id: 'innocent' });
    const report = await audit([innocent, spoil(makeHistory(into))], options);
    const found = report.violations.filter((violation) => violation.invariant === invariant);
    expect(found.map(({ problem }) => problem)).toContainEqual(expect.stringMatching(says));
    expect(report.violations.map(({ businessKey }) => businessKey)).not.toContain('K-innocent');
    expect(report.clean).toBe(false);
    expect(report.violationCount).toBe(report.violations.length);
  });

  it('finds that the definition is not in the journal', async () => {
    const report = await audit([makeHistory(ended)], {}, []);
    expect(report.violations).toMatchObject([{ invariant: 'I2', problem: expect.stringMatching(/definition parcel/) }]);
  });

  it('tolerates clocks that differ, but no more than it is told', async () => {
    const { spoil = (history: WorkflowHistory) => history } = SEEDS['a retry that did not wait for the failure'] ?? {};
    const history = spoil(makeHistory(ended));
    expect(await audit([history], { clockToleranceMs: 120_000 })).toMatchObject({ clean: true });
    expect(await audit([history], { clockToleranceMs: 30_000 })).toMatchObject({ clean: false });
  });
});
