import { InMemoryStore } from '../../shared/journal/in-memory/index.ts';
import { SeededRandom } from '../../shared/testing/seeded-random.ts';
import { VirtualClock } from '../../shared/testing/virtual-clock.ts';
import { faultyJournal } from '../support/faulty-journal.ts';
import { persistentJournal } from '../support/persistent-journal.ts';
import { journalContract } from './journal.ts';

const clock = new VirtualClock();
const store = new InMemoryStore(clock);
const passTime = (ms: number): Promise<void> => clock.advance(ms);

journalContract('in memory', () => ({
  features: { repeats: false },
  passTime,
  connect: () => Promise.resolve(store.connect()),
}));

const random = new SeededRandom('contract behind faults');
journalContract('in memory, behind faults', () => ({
  features: { repeats: true },
  passTime,
  connect: () => {
    const faults = { overload: 0.1, timeout: 0.05, executedThenTimeout: 0.1 };
    const faulty = faultyJournal(store.connect(), faults, random.fork(random.id()));
    return Promise.resolve(persistentJournal(faulty));
  },
}));
