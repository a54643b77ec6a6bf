// R10: the destination of many delayed messages is deleted while they rest on the ladder. The steward looks for it a few times, then they
// reach the dead, whole, with the reason; and what rests on the same rungs for another destination keeps its time. (Where the broker keeps
// what it cannot hand on, thirty-two such messages block a rung.)
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { RabbitMqBroker } from '../../shared/broker/rabbitmq/index.ts';
import { delayRoute, ladderTopology } from '../../shared/contract/delay-ladder.ts';
import { lineTopology, queueName, stationAddress, stationTopology } from '../../shared/contract/topology.ts';
import { SystemClock, SystemRandom } from '../../shared/runtime/clock.ts';
import { eventually } from '../support/eventually.ts';
import { LineProcesses } from '../support/line-processes.ts';
import { RealLine } from '../support/real-line.ts';
import { namespace, testServers } from '../support/servers.ts';

jest.setTimeout(90_000);

const STRAYS = 500;
const OTHERS = 300;
/** They come down over the same rungs as the strays, at the same time and after them. */
const LONGEST_MS = 6_000;
/** The broker tries a jammed rung again after minutes. */
const LATE_MS = 1_500;

const name = namespace();
const real = new RealLine(name);
const line = new LineProcesses(name);
const steward = line.steward();
let broker: RabbitMqBroker;

beforeAll(async () => {
  broker = new RabbitMqBroker({
    url: testServers().amqpUrl,
    clock: new SystemClock(),
    random: new SystemRandom(),
    name: 'jam',
  });
  await broker.declare(lineTopology(name, ladderTopology(name)));
  await line.prepare();
  await steward.start();
  for (const action of ['gone', 'kept']) await broker.declare(stationTopology(name, action));
});
afterAll(() => broker.close());

const delayed = (action: string, delayMs: number, messageId: string) => ({
  ...delayRoute(name, delayMs, stationAddress(action)),
  body: Buffer.from(String(performance.now() + delayMs)),
  contentType: 'text/plain',
  messageId,
  mandatory: true,
});

it('sends to the dead what has lost its destination on the ladder, and delays nobody else', async () => {
  const lateness: number[] = [];
  await broker.consume(queueName.work(name, 'kept'), {
    prefetch: OTHERS,
    onDelivery(delivery) {
      lateness.push(performance.now() - Number(delivery.body.toString()));
      delivery.ack();
    },
  });
  const strays = Array.from({ length: STRAYS }, (_, index) => 2_000 + ((index * 37) % (LONGEST_MS - 2_000)));
  await Promise.all(strays.map((delayMs, index) => broker.publish(delayed('gone', delayMs, `stray-${index}`))));
  await real.channel.deleteQueue(queueName.work(name, 'gone'));
  const others = Array.from({ length: OTHERS }, (_, index) => 100 + ((index * 41) % (LONGEST_MS + 1_000)));
  await Promise.all(others.map((delayMs, index) => broker.publish(delayed('kept', delayMs, `other-${index}`))));

  await eventually(
    () => lateness.length === OTHERS,
    LONGEST_MS + 20_000,
    () => `${lateness.length} of ${OTHERS} came`,
  );
  await eventually(async () => (await broker.depth(queueName.dead(name))) === STRAYS, 40_000);
  expect(Math.max(...lateness)).toBeLessThan(LATE_MS);
  // Rounded up to whole units, and never early; two clocks' readings differ by a millisecond.
  expect(Math.min(...lateness)).toBeGreaterThan(-2);

  const ids = new Set<unknown>();
  for (let stray = 0; stray < STRAYS; stray++) {
    const { messageId, headers = {} } = (await real.take('dead')).properties;
    expect(headers['conveyor-code']).toBe('destination-missing');
    ids.add(messageId);
  }
  expect(ids.size).toBe(STRAYS);
  expect(await broker.depth(queueName.returned(name))).toBe(0);
  for (const { name: queue } of ladderTopology(name).queues) expect(await broker.depth(queue)).toBe(0);
});
