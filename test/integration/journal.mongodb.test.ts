import { connectMongoJournal } from '../../shared/journal/mongodb/index.ts';
import { SystemClock } from '../../shared/runtime/clock.ts';
import { journalContract } from '../contract/journal.ts';
import { FaultyJournal } from '../support/faulty-journal.ts';
import { persistentJournal } from '../support/persistent-journal.ts';
import { SeededRandom } from '../support/seeded-random.ts';
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
    return persistentJournal(new FaultyJournal(await connect(), faults, random.fork(random.id())));
  },
}));
