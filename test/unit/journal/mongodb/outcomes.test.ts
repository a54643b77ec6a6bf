// What the adapter makes of everything that a server can answer, or not answer, to a write. A wrong "nothing was written"
// would let a worker perform a step twice.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Unavailable } from '../../../../shared/core/errors.ts';
import { connectMongoJournal, type MongoJournal } from '../../../../shared/journal/mongodb/index.ts';
import { SystemClock } from '../../../../shared/runtime/clock.ts';
import {
  makeAttempt,
  makeHead,
  makeIntent,
  makeNotification,
  makeSnapshot,
  makeWait,
  newWorkflowId,
} from '../../../contract/journal/bench.ts';
import { type Answer, FakeMongod } from '../../../support/fake-mongod.ts';

const OPERATION_TIMEOUT_MS = 300;
const schemaIsThere: Answer = { cursor: { id: 0, ns: '', firstBatch: [{ _id: 'schema', version: 2 }] } };
const found = (...documents: object[]): Answer => ({ cursor: { id: 0, ns: '', firstBatch: documents } });
const taken = (index: number) => ({ index, code: 11_000, errmsg: 'E11000 duplicate key error' });

describe('the outcome of a write', () => {
  let server: FakeMongod;
  let journal: MongoJournal;

  beforeEach(async () => {
    server = await FakeMongod.start();
    server.answers.set('find', () => schemaIsThere);
    journal = await connectMongoJournal({
      url: server.url,
      namespace: 'test',
      clock: new SystemClock(),
      operationTimeoutMs: OPERATION_TIMEOUT_MS,
    });
    server.received.length = 0;
  });
  afterEach(async () => {
    await journal.close();
    await server.stop();
  });

  const insert = () => journal.insertAttempts([makeAttempt(newWorkflowId(), 1, 1)]);
  const rejection = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => 'resolved',
      (error: unknown) => error,
    );

  const UNKNOWN: readonly [name: string, answer: Answer][] = [
    [
      'a primary that steps down before it writes',
      { ok: 0, code: 10_107, codeName: 'NotWritablePrimary', errmsg: 'no' },
    ],
    ['a primary that steps down while it writes', { ok: 0, code: 189, codeName: 'PrimarySteppedDown', errmsg: 'no' }],
    ['a server that shuts down', { ok: 0, code: 11_600, codeName: 'InterruptedAtShutdown', errmsg: 'no' }],
    ['a write that a majority has not confirmed', { n: 1, writeConcernError: { code: 64, errmsg: 'timed out' } }],
    [
      'a document that failed for another reason than its key',
      { n: 0, writeErrors: [{ index: 0, code: 10_107, errmsg: 'not primary' }] },
    ],
    // The driver itself repeats commands that are refused with these labels, unless it is told not to.
    [
      'a server that is overloaded',
      { ok: 0, code: 462, errmsg: 'no', errorLabels: ['SystemOverloadedError', 'RetryableError'] },
    ],
    ['a connection that breaks', 'reset'],
    ['silence', 'silence'],
  ];

  it.each(UNKNOWN)('is unknown after %s, and nothing is repeated in secret', async (_, answer) => {
    server.answers.set('insert', () => answer);
    const error = await rejection(insert());
    expect(error).toBeInstanceOf(Unavailable);
    expect(error).toHaveProperty('code', 'journal-unknown');
    expect(server.count('insert')).toBe(1);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['insertHeads', () => journal.insertHeads([makeHead()])],
    ['insertSnapshots', () => journal.insertSnapshots([makeSnapshot(newWorkflowId(), 1)])],
    ['settleAttempt', () => journal.settleAttempt('a/00001/00001', { fate: 'failed', at: new Date() })],
    ['changeHeads', () => journal.changeHeads([{ kind: 'resumed', workflowId: newWorkflowId(), step: 1 }])],
    ['join', () => journal.join({ _id: 'worker', host: '', pid: 1, actions: [] }, [])],
    ['renew', () => journal.renew('worker', [])],
    ['leave', () => journal.leave('worker')],
    ['insertWaits', () => journal.insertWaits([makeWait(newWorkflowId(), 1)])],
    ['advanceWaits', () => journal.advanceWaits([{ _id: 'a/00001', attempt: 1, ticket: 1, due: new Date() }])],
    ['markTickets', () => journal.markTickets([{ _id: 'a/00001', attempt: 1, ticket: 1 }])],
    ['closeWaits', () => journal.closeWaits([{ _id: 'a/00001', attempt: 1 }])],
    ['insertNotifications', () => journal.insertNotifications([makeNotification()])],
    ['pinNotifications', () => journal.pinNotifications([{ id: 'a', workflowId: 'w', step: 1 }])],
    ['settleNotifications', () => journal.settleNotifications([{ id: 'a', state: 'late' }])],
    ['insertIntents', () => journal.insertIntents([makeIntent(newWorkflowId())])],
    ['pinIntents', () => journal.pinIntents([{ id: 'a', atAsRead: 0, at: 1 }])],
    [
      'closeIntents',
      () => journal.closeIntents([{ id: 'a', atAsRead: 0, answer: { kind: 'accepted' }, closedAt: new Date() }]),
    ],
    ['recordProgress', () => journal.recordProgress('pack', new Date())],
  ])('is unknown while no majority has confirmed it: %s', async (_, call) => {
    const unconfirmed: Answer = { n: 1, writeConcernError: { code: 64, errmsg: 'timed out' } };
    for (const name of ['insert', 'update', 'delete']) server.answers.set(name, () => unconfirmed);
    expect(await rejection(call())).toHaveProperty('code', 'journal-unknown');
    expect(server.count('insert') + server.count('update') + server.count('delete')).toBe(1);
  });

  it('is "nothing was written" when no server could be found', async () => {
    await server.stop();
    // The first may still find the old connection, and learn with it that the server is gone.
    await rejection(insert());
    expect(await rejection(insert())).toHaveProperty('code', 'journal-unavailable');
  });

  it('is "nothing was written" when the server says so', async () => {
    server.answers.set('insert', () => ({ ok: 0, code: 462, errmsg: 'no', errorLabels: ['NoWritesPerformed'] }));
    expect(await rejection(insert())).toHaveProperty('code', 'journal-unavailable');
  });

  it('is unknown when the documents of taken keys cannot be read', async () => {
    server.answers.set('insert', () => ({ n: 1, writeErrors: [taken(0)] }));
    server.answers.set('find', () => ({ ok: 0, code: 10_107, errmsg: 'not primary' }));
    expect(await rejection(insert())).toHaveProperty('code', 'journal-unknown');
  });

  it('is unknown when a key stays taken and nobody has it', async () => {
    server.answers.set('insert', () => ({ n: 0, writeErrors: [taken(0)] }));
    server.answers.set('find', () => found());
    expect(await rejection(insert())).toHaveProperty('code', 'journal-unknown');
    expect(server.count('insert')).toBeLessThan(10);
  });

  it('is found by inserting again when the document of a taken key is gone', async () => {
    let tries = 0;
    server.answers.set('insert', () => (++tries === 1 ? { n: 0, writeErrors: [taken(0)] } : { n: 1 }));
    server.answers.set('find', () => found());
    expect(await insert()).toEqual(['inserted']);
  });

  it('waits for a majority and its disks, and reads what a majority has', async () => {
    const attempt = makeAttempt(newWorkflowId(), 1, 1);
    server.answers.set('insert', () => ({ n: 0, writeErrors: [taken(0)] }));
    server.answers.set('find', () => found(attempt));
    expect(await journal.insertAttempts([attempt])).toEqual(['inserted']);
    const [inserting, reading] = server.received;
    expect(inserting).toMatchObject({ insert: 'attempts', ordered: false, writeConcern: { w: 'majority', j: true } });
    expect(reading).toMatchObject({ find: 'attempts', readConcern: { level: 'majority' } });
  });

  it('of a read is never more than "not now"', async () => {
    for (const answer of [{ ok: 0, code: 10_107, errmsg: 'not primary' }, 'reset', 'silence'] as const) {
      server.answers.set('find', () => answer);
      expect(await rejection(journal.readHead('a'))).toHaveProperty('code', 'journal-unavailable');
      expect(await rejection(journal.readStep('a', 1))).toHaveProperty('code', 'journal-unavailable');
      expect(await rejection(journal.readSnapshot('a', 1))).toHaveProperty('code', 'journal-unavailable');
    }
  });
});
