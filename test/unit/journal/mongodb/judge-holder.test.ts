// The judgement of a holder between its two lines: what was read has changed when the death is to be recorded.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connectMongoJournal, type MongoJournal } from '../../../../shared/journal/mongodb/index.ts';
import { SystemClock } from '../../../../shared/runtime/clock.ts';
import { type Answer, FakeMongod } from '../../../support/fake-mongod.ts';

const TIMEOUT_MS = 5_000;
const found = (...documents: object[]): Answer => ({ cursor: { id: 0, ns: '', firstBatch: documents } });

describe('judgeHolder', () => {
  let server: FakeMongod;
  let journal: MongoJournal;
  /** What successive reads find. */
  let heartbeats: object[];
  /** The updates that were to record a death. */
  const recordings = () => server.received.filter((command) => command['update'] === 'workers');

  beforeEach(async () => {
    server = await FakeMongod.start();
    server.answers.set('find', () => found({ _id: 'schema', version: 2 }));
    server.answers.set('aggregate', () => found(...heartbeats.splice(0, 1)));
    server.answers.set('update', () => ({ n: 0 }));
    journal = await connectMongoJournal({ url: server.url, namespace: 'test', clock: new SystemClock() });
    server.received.length = 0;
  });
  afterEach(async () => {
    await journal.close();
    await server.stop();
  });

  it('takes a worker for alive that renewed after its heartbeat was read', async () => {
    heartbeats = [
      { state: 'alive', ageMs: 6_000 },
      { state: 'alive', ageMs: 3 },
    ];
    expect(await journal.judgeHolder('worker', TIMEOUT_MS)).toEqual({ kind: 'alive', ageMs: 3 });
    expect(recordings()).toHaveLength(1);
  });

  it('takes a worker for gone that left after its heartbeat was read', async () => {
    heartbeats = [{ state: 'alive', ageMs: 6_000 }];
    expect(await journal.judgeHolder('worker', TIMEOUT_MS)).toEqual({ kind: 'gone' });
  });

  it('calls nobody dead whose death it could not record', async () => {
    heartbeats = Array.from({ length: 10 }, () => ({ state: 'alive', ageMs: 6_000 }));
    await expect(journal.judgeHolder('worker', TIMEOUT_MS)).rejects.toMatchObject({ code: 'journal-unknown' });
  });

  it('records a death only of who has still not renewed, by the clock of the server that writes', async () => {
    heartbeats = [{ state: 'alive', ageMs: 6_000 }];
    server.answers.set('update', () => ({ n: 1 }));
    expect(await journal.judgeHolder('worker', TIMEOUT_MS)).toEqual({ kind: 'dead' });
    const age = { $subtract: ['$$NOW', '$renewedAt'] };
    expect(recordings()).toMatchObject([
      {
        updates: [{ q: { _id: 'worker', state: 'alive', $expr: { $gte: [age, TIMEOUT_MS] } } }],
        writeConcern: { w: 'majority', j: true },
      },
    ]);
  });

  it('reads the heartbeat so that none is missed', async () => {
    heartbeats = [];
    expect(await journal.judgeHolder('worker', TIMEOUT_MS)).toEqual({ kind: 'gone' });
    expect(server.received.find((command) => 'aggregate' in command)).toMatchObject({
      readConcern: { level: 'linearizable' },
    });
  });

  it('takes a clock of the server that ran backwards for no age at all', async () => {
    heartbeats = [{ state: 'alive', ageMs: -20 }];
    expect(await journal.judgeHolder('worker', TIMEOUT_MS)).toEqual({ kind: 'alive', ageMs: 0 });
  });
});
