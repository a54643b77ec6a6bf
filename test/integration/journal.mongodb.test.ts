import { describe, expect, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { connectMongoJournal } from '../../shared/journal/mongodb/index.ts';
import { SystemClock } from '../../shared/runtime/clock.ts';
import { SeededRandom } from '../../shared/testing/seeded-random.ts';
import { journalContract } from '../contract/journal.ts';
import { faultyJournal } from '../support/faulty-journal.ts';
import { persistentJournal } from '../support/persistent-journal.ts';
import { namespace, testServers } from '../support/servers.ts';

const clock = new SystemClock();
const database = namespace();
const connect = () => connectMongoJournal({ url: testServers().mongodbUrl, namespace: database, clock });
const passTime = (ms: number): Promise<void> => clock.sleep(ms);

journalContract('MongoDB', () => ({ features: { repeats: false }, passTime, connect }));

const random = new SeededRandom('contract behind faults');
journalContract('MongoDB, behind faults', () => ({
  features: { repeats: true },
  passTime,
  connect: async () => {
    const faults = { overload: 0.1, timeout: 0.05, executedThenTimeout: 0.1 };
    return persistentJournal(faultyJournal(await connect(), faults, random.fork(random.id())));
  },
}));

describe('the database of the journal', () => {
  const fresh = namespace();
  const earlier = namespace();

  it('is prepared once, by however many come first', async () => {
    const { mongodbUrl: url } = testServers();
    const journals = await Promise.all(
      Array.from({ length: 8 }, () => connectMongoJournal({ url, namespace: fresh, clock })),
    );
    await Promise.all(journals.map((journal) => journal.close()));
    const client = new MongoClient(url);
    const indexes = await client.db(fresh).collection('workflows').indexes();
    const hot = await Promise.all(
      ['attempts', 'snapshots'].map(async (name) => (await client.db(fresh).collection(name).indexes()).length),
    );
    await client.close();
    expect(new Set(indexes.map(({ name }) => name))).toEqual(
      new Set(['_id_', 'business-key', 'deadline', 'parked', 'started', 'workflow']),
    );
    expect(hot).toEqual([1, 1]);
  });

  it('is brought up to date when an earlier version has prepared it', async () => {
    const { mongodbUrl: url } = testServers();
    const client = new MongoClient(url);
    const db = client.db(earlier);
    const meta = db.collection<{ _id: string; version: number }>('meta');
    await meta.insertOne({ _id: 'schema', version: 1 });
    await db.collection('workflows').createIndex({ startedAt: -1 }, { name: 'started' });
    const journal = await connectMongoJournal({ url, namespace: earlier, clock });
    await journal.close();
    const found = await meta.findOne({ _id: 'schema' });
    const indexes = await db.collection('waits').indexes();
    await client.close();
    expect(found?.version).toBe(2);
    expect(indexes.map(({ name }) => name)).toEqual(['_id_', 'due', 'notification']);
  });

  it('tells how long an election takes', async () => {
    const journal = await connect();
    expect(await journal.electionTimeoutMs()).toBeGreaterThanOrEqual(1_000);
    await journal.close();
  });
});
