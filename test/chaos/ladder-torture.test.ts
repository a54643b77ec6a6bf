// R11: ten thousand delays over fifteen rungs of one millisecond, some messages retried twenty times, and the broker killed in between. No
// message comes early or is lost, nothing grows from rung to rung, and afterwards delays are as exact as ever.
//
// RabbitMQ before 4.3 starts its queues before it knows its exchanges and bindings again. A rung that hands on at that moment what fell due
// while the broker was away finds nowhere to hand it to, keeps it (32 of them hold up the rung), and tries again after
// `dead_letter_worker_publisher_confirm_timeout`: three minutes, unless the broker is told otherwise (infra/rabbitmq/advanced.config).
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from '@jest/globals';
import type { Delivery } from '../../shared/broker/broker.ts';
import { RabbitMqBroker } from '../../shared/broker/rabbitmq/index.ts';
import { delayRoute, type LadderOptions, ladderTopology } from '../../shared/contract/delay-ladder.ts';
import { lineTopology, queueName, stationAddress, stationTopology } from '../../shared/contract/topology.ts';
import { InMemoryStore } from '../../shared/journal/in-memory/index.ts';
import { SystemClock, SystemRandom } from '../../shared/runtime/clock.ts';
import { createLine } from '../../shared/runtime/line-assembly.ts';
import { silentLog } from '../../shared/runtime/log.ts';
import { Metrics } from '../../shared/runtime/metrics.ts';
import { rightUntil } from '../../shared/runtime/right-to-act.ts';
import { Sender } from '../../shared/runtime/sender.ts';
import { SeededRandom } from '../../shared/testing/seeded-random.ts';
import { eventually } from '../support/eventually.ts';
import { ownServers } from '../support/servers.ts';
import { seeded } from './support/seeded.ts';

const LADDER: LadderOptions = { unitMs: 1, rungs: 15 };
const DELAYS = 10_000;
const LONGEST_MS = 2 ** LADDER.rungs - 1;
const RETRIED = 10;
const RETRIES = 20;
const NAME = 'torture';
/** Two clocks' readings differ by a millisecond, and each is rounded. */
const EARLY_MS = 2;
/**
 * From the broker's return, or from when the longest delay is over. What could not be handed on at the start comes 5 s later; the rest is for
 * the arrears of a machine that has other things to do: each message passes half of the rungs. Far below the three minutes.
 */
const ALL_MS = 75_000;
/** With an idle ladder. */
const EXACT = { delays: 200, longestMs: 3_000, medianLateMs: 100 };

/** Twice the time after which the broker, as it is configured here, tries again. */
const HANDED_ON_MS = 10_000;

const { seed, again } = seeded('ladder-torture', 11);
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
    // Published again, it counts from the first time: that copy may be there, too.
    dueAt.set(id, performance.now() + delayMs);
    for (;;) {
      try {
        await broker?.publish({ ...delayRoute(NAME, delayMs, address, LADDER), ...message });
        return;
      } catch {
        await sleep(200);
      }
    }
  };
  const missing = (): readonly string[] => [...dueAt.keys()].filter((id) => !lateBy.has(id) && !retried.has(id));
  const publishing: Promise<void>[] = [];
  for (let index = 0; index < DELAYS; index++) {
    publishing.push(publish(`delay-${index}`, 1 + draw.below(LONGEST_MS)));
    if (index % 100 === 99) await Promise.all(publishing.splice(0));
  }
  for (let index = 0; index < RETRIED; index++) {
    retried.set(`retry-${index}`, []);
    await publish(`retry-${index}`, 5);
  }
  await servers.kill9('rabbitmq');
  await servers.start('rabbitmq');
  const backAt = performance.now();

  const lastDueAt = Math.max(backAt, ...dueAt.values());
  const isDone = (): boolean =>
    lateBy.size >= DELAYS &&
    missing().length === 0 &&
    [...retried.values()].every((deliveries) => deliveries.length > RETRIES);
  await eventually(
    isDone,
    lastDueAt - backAt + ALL_MS,
    () => `${lateBy.size} of ${DELAYS} came, without e.g. ${missing().slice(0, 20).join(', ')}`,
  );
  await Promise.all(retries);
  expect(Math.min(...lateBy.values())).toBeGreaterThan(-EARLY_MS);
  process.stderr.write(
    `R11: the last one came ${Math.round(performance.now() - lastDueAt)} ms after the last was due\n`,
  );

  lateBy.clear();
  dueAt.clear();
  for (let index = 0; index < EXACT.delays; index++) await publish(`exact-${index}`, 1 + draw.below(EXACT.longestMs));
  await eventually(() => missing().length === 0, EXACT.longestMs + 30_000);
  const late = [...dueAt.keys()].map((id) => lateBy.get(id) ?? Number.NaN).toSorted((a, b) => a - b);
  const [earliest = 0, median = 0, latest = 0] = [0, EXACT.delays / 2, EXACT.delays - 1].map((at) => late[at]);
  process.stderr.write(
    `R11: afterwards late by ${[earliest, median, latest].map(Math.round).join(', ')} ms (first, median, last)\n`,
  );
  expect(earliest).toBeGreaterThan(-EARLY_MS);
  expect(median).toBeLessThan(EXACT.medianLateMs);

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
}, 300_000);

it('hands on, within seconds of there being somewhere to hand it to, what it could not hand on before', async () => {
  const { amqpUrl } = await servers.up();
  const late = new RabbitMqBroker({ url: amqpUrl, clock, random, name: NAME });
  try {
    const rung = { name: 'rung', messageTtlMs: 100, deadLetterExchange: 'below' };
    const above = { from: 'above', to: { queue: 'rung' }, pattern: '#' };
    await late.declare({ exchanges: [{ name: 'above', type: 'topic' }], queues: [rung], bindings: [above] });
    const message = { body: Buffer.from('late'), contentType: 'text/plain', messageId: 'late', mandatory: true };
    await late.publish({ exchange: 'above', routingKey: 'a', ...message });
    // It has expired, and its queue has found no exchange.
    await sleep(1_000);
    const binding = { from: 'below', to: { queue: 'target' }, pattern: '#' };
    await late.declare({
      exchanges: [{ name: 'below', type: 'topic' }],
      queues: [{ name: 'target' }],
      bindings: [binding],
    });
    await eventually(
      async () => (await late.depth('target')) === 1,
      HANDED_ON_MS,
      () => 'it was handed on',
    );
  } finally {
    await late.close();
  }
}, 120_000);
