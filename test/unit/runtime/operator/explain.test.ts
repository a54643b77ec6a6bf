// One fact after the other, and what is said of it. That the sentences are true on a line that moves is in
// test/unit/services/cli/operator.test.ts.
import { describe, expect, it } from '@jest/globals';
import type { IntentRecord } from '../../../../shared/journal/intent-record.ts';
import type { Attempt, LivingWorker, Snapshot, WorkflowHistory } from '../../../../shared/journal/records.ts';
import type { WaitRecord } from '../../../../shared/journal/wait-records.ts';
import { type Facts, reasonOf, wayBackOf } from '../../../../shared/runtime/operator/explain.ts';
import { explain, type Reason } from '../../../../shared/runtime/operator/reason.ts';
import { makeHistory } from '../../../support/histories.ts';

const underWay = makeHistory({ id: 'u', weight: 50, steps: [[], []], last: 'open' });
const parked = makeHistory({ id: 'p', weight: 50, steps: [[], []], last: 'parked' });
const ended = makeHistory({ id: 'e', weight: 50, steps: [[], []], last: 'decided' });

const lastOf = ({ attempts }: WorkflowHistory): Attempt => attempts.at(-1) ?? fail();
const fail = (): never => {
  throw new Error('no attempt');
};
const HELD = lastOf(underWay);
const at = (seconds: number): Date => new Date(HELD.at.getTime() + seconds * 1_000);

/** The workflow under way, with another last attempt; null: the step was not attempted yet. */
const withLast = (changed: Partial<Attempt> | null): WorkflowHistory => ({
  ...underWay,
  attempts: [...underWay.attempts.slice(0, -1), ...(changed ? [{ ...HELD, ...changed }] : [])],
});

const living = (changed: Partial<LivingWorker> = {}): LivingWorker => ({
  _id: HELD.worker,
  host: 'h',
  pid: 1,
  actions: ['send'],
  intents: [],
  ageMs: 400,
  ...changed,
});

const request: IntentRecord = {
  _id: 'request-1',
  workflowId: HELD.workflowId,
  reason: '',
  source: '/s',
  eventId: '1',
  requestedAt: at(1),
  at: 0,
  state: 'open',
};

const wait: WaitRecord = {
  _id: 'w',
  workflowId: HELD.workflowId,
  step: 2,
  attempt: HELD.attempt,
  workflow: 'parcel',
  version: 1,
  businessKey: 'K-u',
  action: 'send',
  state: 'packed',
  ticket: 3,
  published: true,
  polls: 2,
  open: true,
  at: at(0),
};

const facts = (changed: Partial<Facts>): Facts => ({
  history: underWay,
  action: 'send',
  wait: null,
  intents: [],
  workers: [living()],
  ready: 0,
  progress: undefined,
  now: at(12).getTime(),
  livenessTimeoutMs: 5_000,
  ...changed,
});

const failedUntil = (seconds: number) =>
  withLast({ fate: 'failed', code: 'action-asked', reason: 'no van.', settledAt: at(1), dueAt: at(seconds) });
const waits = withLast({ fate: 'waiting', settledAt: at(0) });

const CASES: readonly [string, Reason['kind'], Partial<Facts>, RegExp][] = [
  ['has ended', 'ended', { history: ended }, /^It has ended: succeeded, at 2026-/],
  ['is parked', 'parked', { history: parked }, /^It is parked at step 2, send, with retries-exhausted: .*retry/],
  [
    'waits for a notification, a poll and a time',
    'waiting',
    { history: waits, wait: { ...wait, notification: 'sent', pollAfterMs: 1, due: at(20), until: at(90) } },
    /^send waits for the notification "sent", or its next poll at .*:(\d\d)\S+ \(2 found nothing\), or its end at/,
  ],
  [
    'waits for a time alone',
    'waiting',
    { history: waits, wait: { ...wait, due: at(90), until: at(90) } },
    /^send waits for its end at \S+\.$/,
  ],
  [
    'waits, and the wait is known by its attempt alone',
    'waiting',
    { history: withLast({ fate: 'waiting', settledAt: at(0), wait: { notification: 'sent' } }) },
    /^send waits for the notification "sent"\.$/,
  ],
  [
    'waits, and its ticket was not taken',
    'wait-overdue',
    { history: waits, wait: { ...wait, due: at(20) }, now: at(60).getTime() },
    /ticket was due at .*: it stands in the wait queue behind others, or the steward sends it again/,
  ],
  [
    'waits, and nobody takes tickets',
    'wait-overdue',
    { history: waits, wait: { ...wait, due: at(20) }, now: at(60).getTime(), workers: [] },
    /but no worker of send is running\.$/,
  ],
  [
    'is to be cancelled, which a worker does not know',
    'cancelling-unknown',
    { intents: [request], workers: [living({ intents: ['request-1'] }), living({ _id: 'other' })] },
    /waits until other knows of the request, or is judged dead\.$/,
  ],
  [
    'is to be cancelled, and is being performed',
    'cancelling-performing',
    { intents: [request], workers: [living({ intents: ['request-1'] })] },
    /waits for step 2, send, which worker-u-\d has performed for 12\.00 s and may finish\.$/,
  ],
  [
    'is to be cancelled, and nothing holds it up',
    'cancelling-due',
    { intents: [request], history: failedUntil(90), workers: [living({ intents: ['request-1'] })] },
    /^It is to be cancelled since .* a steward decides it at its next look\.$/,
  ],
  ['is performed', 'performing', {}, /^worker-u-\d has performed attempt 1 of send for 12\.00 s\.$/],
  [
    'is held by a worker that is silent',
    'holder-silent',
    { workers: [living({ ageMs: 3_600 })] },
    /^worker-u-\d, which holds send, has been silent for 3\.60 s: it is judged dead in 1\.40 s unless it is heard of\.$/,
  ],
  [
    'was held by a worker that is dead',
    'holder-dead',
    { workers: [] },
    /^worker-u-\d, which held attempt 1 of send, is dead: the next attempt follows/,
  ],
  [
    'is repeated later',
    'retrying',
    { history: failedUntil(90) },
    /^send failed \(action-asked: no van\) and is tried again at \S+\.$/,
  ],
  [
    'stood back for a request that was refused',
    'stood-back',
    {
      history: withLast({ fate: 'withheld', settledAt: at(11), dueAt: at(13) }),
      intents: [{ ...request, state: 'closed' }],
    },
    /^send stood back for a request to cancel, and goes on at \S+\.$/,
  ],
  [
    'is for an action that nobody hosts',
    'no-worker',
    { history: withLast(null), workers: [living({ actions: ['pack'] })], ready: 7 },
    /^No worker of send is running; 7 messages stand in its queue: start one\.$/,
  ],
  [
    'stands in a queue',
    'queued',
    { history: withLast(null), ready: 12_000 },
    /^It stands in the queue of send since \S+, among 12000 messages\.$/,
  ],
  [
    'stands in a queue again, its pause over',
    'queued',
    { history: failedUntil(10), ready: 3 },
    /^It stands in the queue of send since \S+, among 3 messages\.$/,
  ],
  ['is between two stations', 'on-the-way', { history: withLast(null) }, /^Its message is on its way to send since/],
  [
    'is with a busy worker, or lost',
    'unaccounted',
    { history: withLast(null), now: at(300).getTime() },
    /stands in no queue: a busy worker has it, or it is lost/,
  ],
  [
    'is lost',
    'lost',
    { history: withLast(null), now: at(300).getTime(), progress: at(200) },
    /^Its message to send of \S+ is lost: what was sent after it has been taken; the steward sends it again\.$/,
  ],
];

describe('why a workflow is not moving, when it', () => {
  it.each(CASES)('%s', (_, kind, changed, sentence) => {
    const reason = reasonOf(facts(changed));
    expect(reason.kind).toBe(kind);
    expect(explain(reason, undefined, undefined)).toMatch(sentence);
  });

  it('is not said of a request that is answered', () => {
    expect(reasonOf(facts({ intents: [{ ...request, state: 'closed', answer: { kind: 'accepted' } }] })).kind).toBe(
      'performing',
    );
  });

  it('says before it that it is on its way back, and after it when its deadline is', () => {
    const [last] = underWay.snapshots;
    const left = [{ step: 1, action: 'pack', performed: 'committed' as const }];
    const undo = { left, end: 'cancelled' as const };
    const back: Snapshot = {
      ...(last ?? fail()),
      step: 2,
      kind: 'cancel',
      undo,
      next: { compensate: 'pack', step: 1, performed: 'committed' },
    };
    const history = { ...underWay, attempts: [], snapshots: [...underWay.snapshots, back] };
    const onWay = facts({ history, action: 'pack', workers: [] });
    expect(explain(reasonOf(onWay), wayBackOf(onWay), at(90))).toMatch(
      /^It is on its way back, undoing step 1, with 1 left to undo\. No worker of pack is running.* Its deadline is \S+\.$/,
    );
  });
});
