// What the audit holds the journal against beside the steps themselves: requests for cancellation, waits, the plan of the way back.
import { describe, expect, it } from '@jest/globals';
import type { CancelAnswer } from '../../../shared/core/cancellation.ts';
import type { Undo, UndoItem } from '../../../shared/core/compensation.ts';
import { nextUndo } from '../../../shared/core/compensation.ts';
import type { IntentRecord } from '../../../shared/journal/intent-record.ts';
import type { Attempt, Snapshot, WorkflowHistory } from '../../../shared/journal/records.ts';
import type { WaitRecord } from '../../../shared/journal/wait-records.ts';
import { auditWorkflow } from '../../../shared/runtime/audit.ts';
import { LATER, ofAttempt, ofHead, ofSnapshot } from '../../support/audited.ts';
import { makeHistory, parcel } from '../../support/histories.ts';

const ended = makeHistory({ id: 'e', weight: 50, steps: [[], []], last: 'decided' });
const underWay = makeHistory({ id: 'u', weight: 50, steps: [[], []], last: 'open' });
const { _id: workflowId } = underWay.head;

const request = (answer?: CancelAnswer, at = 2): IntentRecord => ({
  _id: 'request',
  workflowId,
  reason: '',
  source: '/s',
  eventId: '1',
  requestedAt: new Date(0),
  at,
  ...(answer ? { state: 'closed', answer, closedAt: new Date(1) } : { state: 'open' }),
});

interface Look {
  readonly intents?: readonly IntentRecord[];
  readonly waits?: readonly WaitRecord[];
  readonly now?: number | undefined;
}

const problems = (history: WorkflowHistory, look: Look = {}): readonly string[] =>
  auditWorkflow(history, parcel, { now: LATER, toleranceMs: 0, ...look }).map(
    ({ invariant, problem }) => `${invariant} ${problem}`,
  );

/** The workflow under way, cancelled at its second step by the request. */
function cancelled(left: readonly UndoItem[]): WorkflowHistory {
  const undo: Undo = { left, end: 'cancelled' };
  const [first] = underWay.snapshots;
  const last = underWay.attempts.at(-1);
  if (!first || !last) throw new Error('nothing to cancel');
  const at = new Date(last.at.getTime() + 20_000);
  const settled: Attempt = { ...last, fate: 'failed', code: 'action-asked', settledAt: at };
  const decision: Snapshot = {
    ...first,
    _id: first._id.replace('/00001', '/00002'),
    step: 2,
    kind: 'cancel',
    action: 'send',
    attempt: last.attempt,
    worker: 'steward',
    token: 't',
    changes: {},
    intent: 'request',
    undo,
    next: nextUndo(undo),
    at,
  };
  const history = { ...underWay, attempts: [...underWay.attempts.slice(0, -1), settled], snapshots: [first, decision] };
  return ofHead((head) => ({ ...head, status: 'compensating', compensating: { step: 2 } }))(history);
}

const item = (step: number, action: string): UndoItem => ({ step, action, performed: 'possibly' });
const inOrder = cancelled([item(2, 'send'), item(1, 'pack')]);

describe('the audit of a request for cancellation', () => {
  it('finds nothing when its answer is what the journal says', () => {
    expect(problems(inOrder, { intents: [request({ kind: 'accepted' })] })).toEqual([]);
    expect(problems(ended, { intents: [request({ kind: 'too-late', status: 'succeeded' })] })).toEqual([]);
    expect(problems(ended, { intents: [request({ kind: 'refused', state: 'placed', reason: 'no' })] })).toEqual([]);
    expect(problems(underWay, { intents: [request()] })).toEqual([]);
  });

  it.each<[string, WorkflowHistory, IntentRecord, RegExp]>([
    [
      'an acceptance that cancelled nothing',
      ended,
      request({ kind: 'accepted' }),
      /accepted, but no step was cancelled/,
    ],
    [
      'one that cancelled another step',
      inOrder,
      request({ kind: 'accepted' }, 1),
      /accepted at step 1, but cancelled step 2/,
    ],
    [
      'a refusal that cancelled',
      inOrder,
      request({ kind: 'refused', state: '', reason: '' }),
      /refused, but cancelled/,
    ],
    ['a lateness that cancelled', inOrder, request({ kind: 'too-late', status: 'failed' }), /too late, but cancelled/],
    ['another’s that cancelled', inOrder, request({ kind: 'already-cancelling', by: 'x' }), /already cancelling", but/],
    [
      'too late for another end',
      ended,
      request({ kind: 'too-late', status: 'failed' }),
      /end failed, which the journal/,
    ],
    ['a closed one without an answer', ended, { ...request(), state: 'closed' }, /is closed, and has no answer/],
  ])('finds %s', (_, history, intent, says) => {
    expect(problems(history, { intents: [intent] })).toContainEqual(expect.stringMatching(says));
  });

  it('finds a cancellation that nobody asked for, and an open request on a line at rest', () => {
    expect(problems(inOrder)).toEqual([expect.stringMatching(/^I2 step 2 was cancelled by request request, which/)]);
    expect(problems(ended, { intents: [request()], now: undefined })).toEqual([
      expect.stringMatching(/^I1 request request of .* has no answer/),
    ]);
  });

  it('finds a head that says `cancelling` without a request, or after its answer', () => {
    const history = ofHead((head) => ({
      ...head,
      status: 'cancelling',
      cancelling: { intent: 'request', at: head.startedAt },
    }))(underWay);
    expect(problems(history, { intents: [request()] })).toEqual([]);
    for (const intents of [[], [request({ kind: 'refused', state: 'packed', reason: '' })]]) {
      expect(problems(history, { intents })).toContainEqual(expect.stringMatching(/^I1 the head says cancelling/));
    }
  });
});

describe('the audit of a way back', () => {
  const intents = [request({ kind: 'accepted' })];

  it.each<[string, readonly UndoItem[], RegExp]>([
    ['that begins with the oldest', [item(1, 'pack'), item(2, 'send')], /send of step 2 is not in its place/],
    ['that undoes a step twice', [item(1, 'pack'), item(1, 'pack')], /pack of step 1 is not in its place/],
    ['that undoes what comes after it', [item(3, 'send')], /send of step 3 is not in its place/],
    [
      'that undoes what nobody attempted',
      [item(2, 'send'), item(1, 'weigh')],
      /weigh of step 1 is to be undone, but was/,
    ],
  ])('finds a plan %s', (_, left, says) => {
    expect(problems(cancelled(left), { intents })).toContainEqual(expect.stringMatching(says));
  });

  it('finds an attempt that was performed behind the cancellation', () => {
    const last = inOrder.attempts.at(-1);
    if (!last) throw new Error('no attempt');
    const at = last.settledAt ?? last.at;
    const _id = last._id.replace(/1$/, '2');
    const late: Attempt = { ...last, _id, attempt: 2, worker: 'other', at, settledAt: at };
    const history = { ...inOrder, attempts: [...inOrder.attempts, late] };
    expect(problems(history, { intents })).toContainEqual(expect.stringMatching(/attempt 2 was performed after it/));
    const withheld = { ...inOrder, attempts: [...inOrder.attempts, { ...late, fate: 'withheld' as const }] };
    expect(problems(withheld, { intents })).toEqual([]);
  });
});

describe('the audit of a wait', () => {
  const settledAt = (attempt: Attempt): Date => new Date(attempt.at.getTime() + 1_000);
  const waits = ofAttempt(2, 1, (attempt) => ({ ...attempt, fate: 'waiting', settledAt: settledAt(attempt) }));
  const completed = ofSnapshot(2, (snapshot) => ({
    ...snapshot,
    worker: 'steward',
    by: 'notification',
    notification: 'n',
  }));
  const waiting = ofHead((head) => ({ ...head, status: 'waiting', waiting: { step: 2 } }))(waits(underWay));
  const wait = (changed: Partial<WaitRecord> = {}): WaitRecord => ({
    _id: '',
    workflowId,
    step: 2,
    attempt: 1,
    workflow: 'parcel',
    version: 1,
    businessKey: '',
    action: 'send',
    state: 'packed',
    ticket: 1,
    published: false,
    polls: 0,
    open: true,
    at: new Date(0),
    ...changed,
  });

  it('finds nothing when it has one completion, or goes on', () => {
    expect(problems(completed(waits(ended)), { waits: [wait({ open: false })] })).toEqual([]);
    expect(problems(waiting, { waits: [wait()] })).toEqual([]);
    expect(problems(waiting, { waits: [wait()], now: undefined })).toEqual([]);
  });

  it.each<[string, WorkflowHistory, readonly WaitRecord[], RegExp]>([
    ['a completion without a wait', completed(ended), [], /completed by notification, but attempt 1 does not wait/],
    ['a wait that nothing completed', waits(ended), [], /attempt 1 waits, but nothing says what completed/],
    [
      'a poll that names a notification',
      ofSnapshot(2, (snapshot) => ({ ...snapshot, by: 'poll' }))(completed(waits(ended))),
      [],
      /completed by poll, and names a notification/,
    ],
    [
      'a wait that is open though its step is decided',
      completed(waits(ended)),
      [wait()],
      /its wait is open, but it is/,
    ],
    ['a step that waits without a wait', waiting, [], /attempt 1 waits, but there is no open wait/],
    ['a step that waits by the wait of another attempt', waiting, [wait({ attempt: 9 })], /no open wait/],
    [
      'a head that waits for what the journal does not',
      ofHead((head) => ({ ...head, status: 'waiting', waiting: { step: 2 } }))(underWay),
      [],
      /^I1 the head says waiting/,
    ],
  ])('finds %s', (_, history, found, says) => {
    expect(problems(history, { waits: found })).toContainEqual(expect.stringMatching(says));
  });

  it('finds a notification that completed two steps', () => {
    const both = ofSnapshot(1, (snapshot) => ({
      ...snapshot,
      by: 'notification',
      notification: 'n',
      worker: 'steward',
    }))(
      ofAttempt(1, 1, (attempt) => ({ ...attempt, fate: 'waiting', settledAt: settledAt(attempt) }))(
        completed(waits(ended)),
      ),
    );
    expect(problems(both)).toEqual(['I2 step 2: notification n had completed step 1']);
  });
});
