// R11: ten thousand delays over fifteen rungs of one millisecond, some of them retried twenty times, and the broker killed in between. No
// message comes early or is lost, those that rest while the broker is there come in time, and nothing grows from rung to rung.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from '@jest/globals';
import type { Delivery } from '../../../shared/broker/broker.ts';
import { RabbitMqBroker } from '../../../shared/broker/rabbitmq/index.ts';
import { delayRoute, type LadderOptions, ladderTopology } from '../../../shared/contract/delay-ladder.ts';
import { lineTopology, queueName, stationAddress, stationTopology } from '../../../shared/contract/topology.ts';
import { InMemoryStore } from '../../../shared/journal/in-memory/index.ts';
import { SystemClock, SystemRandom } from '../../../shared/runtime/clock.ts';
import { createLine } from '../../../shared/runtime/line-assembly.ts';
import { silentLog } from '../../../shared/runtime/log.ts';
import { Metrics } from '../../../shared/runtime/metrics.ts';
import { rightUntil } from '../../../shared/runtime/right-to-act.ts';
import { Sender } from '../../../shared/runtime/sender.ts';
import { SeededRandom } from '../../../shared/testing/seeded-random.ts';
import { eventually } from '../../support/eventually.ts';
import { ownServers } from '../../support/servers.ts';
import { seeded } from '../support/seeded.ts';

const LADDER: LadderOptions = { unitMs: 1, rungs: 15 };
const DELAYS = 10_000;
const LONGEST_MS = 2 ** LADDER.rungs - 1;
const RETRIED = 10;
const RETRIES = 20;
const NAME = 'torture';
/** Two clocks' readings differ by a millisecond, and each is rounded. */
const EARLY_MS = 2;
/** Of those that were not on the ladder while the broker was away; on a machine that has other things to do. */
const MEDIAN_LATE_MS = 250;
/** What a broker that has just started cannot hand on yet, it keeps, and tries again after three minutes. */
const ALL_MS = 240_000;

const { seed, again } = seeded('ladder-torture', 11, 'chaos:trial');
const servers = ownServers();
const clock = new SystemClock();
const random = new SystemRandom();
let broker: RabbitMqBroker | undefined;
afterAll(async () => await broker?.close(), 30_000);

it(`keeps ten thousand delays, over the death of the broker (${again})`, async () => {
  const { amqpUrl } = await servers.up();
  broker = new RabbitMqBroker({ url: amqpUrl, clock, random, name: NAME });
  await broker.declare(lineTopology(NAME, ladderTopology(NAME, LADDER)));
  await broker.declare(stationTopology(NAME, 'late'));
  const journal = new InMemoryStore(clock).connect();
  const parts = {
    namespace: NAME,
    broker,
    journal,
    clock,
    random,
    log: silentLog,
    metrics: new Metrics(),
    retentionMs: 0,
  };
  const line = { ...createLine(parts), ladder: LADDER };
  const sender = new Sender(line, rightUntil(clock, random, new AbortController().signal));
  const address = stationAddress('late');

  const dueAt = new Map<string, number>();
  const lateBy = new Map<string, number>();
  const retried = new Map<string, Delivery[]>();
  const retries: Promise<void>[] = [];
  const take = async (delivery: Delivery): Promise<void> => {
    const id = delivery.messageId ?? '';
    const deliveries = retried.get(id);
    if (!deliveries) lateBy.set(id, lateBy.get(id) ?? performance.now() - (dueAt.get(id) ?? Number.NaN));
    else {
      deliveries.push(delivery);
      if (deliveries.length <= RETRIES) await sender.toStationLater(delivery, address, 5, deliveries.length);
    }
    delivery.ack();
  };
  await broker.consume(queueName.work(NAME, 'late'), {
    prefetch: 500,
    onDelivery: (delivery) => void retries.push(take(delivery)),
  });

  const draw = new SeededRandom(seed);
  const publish = async (id: string, delayMs: number): Promise<void> => {
    const message = { body: Buffer.from(id), contentType: 'text/plain', messageId: id, mandatory: true };
    for (;;) {
      dueAt.set(id, performance.now() + delayMs);
      try {
        await broker?.publish({ ...delayRoute(NAME, delayMs, address, LADDER), ...message });
        return;
      } catch {
        await sleep(200);
      }
    }
  };
  const begunAt = performance.now();
  const publishing: Promise<void>[] = [];
  for (let index = 0; index < DELAYS; index++) {
    publishing.push(publish(`delay-${index}`, 1 + draw.below(LONGEST_MS)));
    if (index % 100 === 99) await Promise.all(publishing.splice(0));
  }
  for (let index = 0; index < RETRIED; index++) {
    retried.set(`retry-${index}`, []);
    await publish(`retry-${index}`, 5);
  }
  const killedAt = performance.now();
  await servers.kill9('rabbitmq');
  await servers.start('rabbitmq');
  const backAt = performance.now();

  const isDone = (): boolean =>
    lateBy.size === DELAYS && [...retried.values()].every((deliveries) => deliveries.length > RETRIES);
  await eventually(isDone, ALL_MS, () => `${lateBy.size} of ${DELAYS} came`);
  await Promise.all(retries);

  const late = [...lateBy.values()];
  expect(Math.min(...late)).toBeGreaterThan(-EARLY_MS);
  const calm = [...lateBy].flatMap(([id, by]) => {
    const due = dueAt.get(id) ?? 0;
    return due + by < killedAt || due > backAt + 5_000 ? [by] : [];
  });
  const sorted = calm.toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.floor(sorted.length * share)] ?? Number.NaN);
  process.stderr.write(
    `R11: published in ${Math.round(killedAt - begunAt)} ms; of ${calm.length} late by median ${at(0.5)} ms, p99 ${at(0.99)} ms\n`,
  );
  expect(calm.length).toBeGreaterThan(DELAYS / 10);
  expect(at(0.5)).toBeLessThan(MEDIAN_LATE_MS);

  for (const deliveries of retried.values()) {
    // The delay is the same each time, so the key is; and what the broker notes of each rung is left behind at each publish.
    const sizes = deliveries
      .slice(1)
      .map(({ routingKey, headers }) => `${routingKey} ${JSON.stringify(headers).length}`);
    expect(new Set(deliveries.map(({ routingKey }) => routingKey)).size).toBe(1);
    expect(Math.max(...deliveries.map(({ routingKey }) => routingKey.length))).toBeLessThan(255);
    expect(new Set(sizes.map((size) => size.length)).size).toBe(1);
  }
  for (const { queues } of [lineTopology(NAME, ladderTopology(NAME, LADDER)), stationTopology(NAME, 'late')]) {
    for (const { name } of queues) expect({ name, depth: await broker.depth(name) }).toEqual({ name, depth: 0 });
  }
}, 420_000);
