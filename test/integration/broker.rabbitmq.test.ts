import { afterAll, beforeAll } from '@jest/globals';
import { RabbitMqBroker } from '../../shared/broker/rabbitmq/index.ts';
import { SystemClock, SystemRandom } from '../../shared/runtime/clock.ts';
import { SeededRandom } from '../../shared/testing/seeded-random.ts';
import { type BrokerFeatures, brokerContract } from '../contract/broker.ts';
import { FaultyBroker } from '../support/faulty-broker.ts';
import { PersistentBroker } from '../support/persistent-broker.ts';
import { ownServers } from '../support/servers.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

const clock = new SystemClock();
const random = new SystemRandom();
const servers = ownServers();
let amqpUrl: string;
const proxies: TcpProxy[] = [];

beforeAll(async () => {
  ({ amqpUrl } = await servers.up());
}, 120_000);
afterAll(async () => {
  for (const proxy of proxies) await proxy.close();
});

async function connect(): Promise<{ broker: RabbitMqBroker; drop: () => void }> {
  const proxy = await TcpProxy.to(amqpUrl);
  proxies.push(proxy);
  const broker = new RabbitMqBroker({ url: proxy.through(amqpUrl), clock, random, name: 'contract' });
  return { broker, drop: () => proxy.reset() };
}

/** RabbitMQ 3.10 finds no leader any more for a quorum queue that was created a moment before the server was killed. */
const SETTLED_MS = 3_000;

const restartServer = async (): Promise<void> => {
  await clock.sleep(SETTLED_MS);
  await servers.kill9('rabbitmq');
  await servers.start('rabbitmq');
};

const features: BrokerFeatures = { duplicates: false, latenessMs: 2_000 };
brokerContract('RabbitMQ', () => ({ features, connect, restartServer }));

const faults = new SeededRandom('RabbitMQ behind faults');
brokerContract('RabbitMQ, behind faults', () => ({
  features: { ...features, duplicates: true },
  connect: async () => {
    const { broker, drop } = await connect();
    const likelihood = { overload: 0.1, timeout: 0.05, executedThenTimeout: 0.05 };
    return {
      broker: new PersistentBroker(new FaultyBroker(broker, likelihood, faults.fork(faults.id())), clock),
      drop,
    };
  },
}));
