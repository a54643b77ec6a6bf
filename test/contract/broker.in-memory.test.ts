import { afterAll, beforeAll } from '@jest/globals';
import { InMemoryBroker } from '../../shared/broker/in-memory/index.ts';
import { SystemClock } from '../../shared/runtime/clock.ts';
import { SeededRandom } from '../../shared/testing/seeded-random.ts';
import { FaultyBroker } from '../support/faulty-broker.ts';
import { PersistentBroker } from '../support/persistent-broker.ts';
import { brokerContract } from './broker.ts';

const clock = new SystemClock();
let server: InMemoryBroker;
beforeAll(() => {
  server = new InMemoryBroker({ clock });
});
afterAll(() => server.close());

const restartServer = async (): Promise<void> => {
  server.stop();
  await clock.sleep(20);
  server.start();
};

brokerContract('in memory', () => ({
  features: { duplicates: false, latenessMs: 400 },
  restartServer,
  connect: async () => {
    const connection = server.connect();
    return { broker: connection, drop: () => connection.drop(10) };
  },
}));

const random = new SeededRandom('contract behind faults');
brokerContract('in memory, behind faults', () => ({
  features: { duplicates: true, latenessMs: 400 },
  restartServer,
  connect: async () => {
    const connection = server.connect();
    const faults = { overload: 0.1, timeout: 0.05, executedThenTimeout: 0.05 };
    const faulty = new FaultyBroker(connection, faults, random.fork(random.id()));
    return { broker: new PersistentBroker(faulty, clock), drop: () => connection.drop(10) };
  },
}));
