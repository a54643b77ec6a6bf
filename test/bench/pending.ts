// What a great many pending waits cost, and what polling many at once does: a worker, a steward and an intake as they are deployed, on a
// line that is filled through the journal's port.
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import type { Broker, Delivery, OutgoingMessage } from '../../shared/broker/broker.ts';
import { DEFAULT_LADDER, ladderTopology } from '../../shared/contract/delay-ladder.ts';
import { startMessage } from '../../shared/contract/start-message.ts';
import { notificationMessage } from '../../shared/contract/steward-event.ts';
import { exchangeName, NEVER_GIVEN_UP } from '../../shared/contract/topology.ts';
import { connectMongoJournal } from '../../shared/journal/mongodb/index.ts';
import { SystemClock, SystemRandom } from '../../shared/runtime/clock.ts';
import { silentLog } from '../../shared/runtime/log.ts';
import { connectBroker } from '../../shared/wiring/connections.ts';
import { program } from '../support/programs.ts';
import type { Observed } from './measurement.ts';
import { observe, type Trend } from './observation.ts';
import { type PendingKind, PendingWaits } from './pending-waits.ts';
import { MeasuredProcess, residentMiB, serviceEnv } from './processes.ts';
import { payload, WAIT_STATIONS } from './workload.ts';

export interface PendingSize {
  /** Waits that stay. */
  readonly waits: number;
  /** How long the line is observed with them, milliseconds. */
  readonly observedMs: number;
  /** Of them so many are completed by a notification, one after the other. */
  readonly notified: number;
  /** Waits that are due at once. */
  readonly due: number;
}

/** MiB. `data` before compression, `storage` and `indexes` on disk. */
export interface Stored {
  readonly data: number;
  readonly storage: number;
  readonly indexes: number;
}

export interface PendingFigures {
  readonly size: PendingSize;
  readonly writtenPerSecond: number;
  readonly stored: Readonly<Record<'before' | 'after' | 'later', Stored>>;
  readonly tickets: number;
  readonly idle: readonly Trend[];
  readonly pending: readonly Trend[];
  readonly notifiedMs: Percentiles;
  readonly poll: PollFigures;
}

export interface PollFigures {
  readonly calls: number;
  /** From when they are due to the end of the last workflow. */
  readonly seconds: number;
  readonly workerMiB: { readonly before: number; readonly most: number };
  /** The station's own work, at ten a second: from the start of a workflow until it waits. */
  readonly ownMs: { readonly before: Percentiles; readonly meanwhile: Percentiles };
}

interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

type Urls = { readonly amqpUrl: string; readonly mongodbUrl: string };
type Say = (text: string) => void;

const MONTH_MS = 30 * 86_400_000;
const IDLE_MS = 30_000;
const OWN_EVERY_MS = 100;
/** Before the waits are due that are due at once: to write them, and to see how the station's own work does without. */
const LEAD_MS = 40_000;

/** Measures on a line of its own. The definitions are registered under the namespace. */
export async function measurePending(
  urls: Urls,
  namespace: string,
  servers: readonly Observed[],
  size: PendingSize,
  say: Say,
): Promise<PendingFigures> {
  const clock = new SystemClock();
  const config = { ...urls, namespace };
  const journal = await connectMongoJournal({ url: urls.mongodbUrl, namespace, clock });
  const broker = connectBroker({ config, clock, random: new SystemRandom(), log: silentLog, program: 'bench' });
  const processes = await startLine(urls, namespace);
  try {
    const bench = new PendingBench(namespace, broker, processes, say);
    await bench.listen();
    const waits = new PendingWaits(namespace, journal, broker);
    const observed = [...processes, ...servers];
    const before = await storedIn(urls.mongodbUrl, namespace);
    say('without waits');
    const idle = await observe(observed, IDLE_MS);
    const begunAt = performance.now();
    await waits.write(
      keptKind(),
      size.waits,
      every(size.waits / 10, (written) => say(`${written} waits written`)),
    );
    const writtenPerSecond = size.waits / ((performance.now() - begunAt) / 1_000);
    const after = await storedIn(urls.mongodbUrl, namespace);
    say(`observed for ${size.observedMs / 1_000} s with ${size.waits} waits`);
    const pending = await observe(observed, size.observedMs);
    const later = await storedIn(urls.mongodbUrl, namespace);
    const tickets = await onLadder(broker, namespace);
    say('some are notified');
    const notifiedMs = await bench.notify(size.notified);
    say(`${size.due} are due at once`);
    const poll = await bench.poll(waits, size.due);
    return { size, writtenPerSecond, stored: { before, after, later }, tickets, idle, pending, notifiedMs, poll };
  } finally {
    for (const process of processes) await process.stop();
    await broker.close();
    await journal.close();
  }
}

/** Waits of 30 days for a notification that nobody has sent yet. */
const keptKind = (): PendingKind => {
  const until = new Date(Date.now() + MONTH_MS);
  const terms = { notification: 'answered', until, due: until };
  return { workflow: 'bench-kept', action: 'await-answer', state: 'placed', prefix: 'kept', terms };
};

const dueKind = (due: Date): PendingKind => ({
  workflow: 'bench-polled',
  action: 'ask-later',
  state: 'placed',
  prefix: 'due',
  terms: { pollAfterMs: 1, due },
});

async function startLine(urls: Urls, namespace: string): Promise<MeasuredProcess[]> {
  const env = {
    ...serviceEnv(urls, namespace),
    // A million waits are written as fast as the servers take them, and a worker that gives itself up over that measures nothing.
    LIVENESS_TIMEOUT: '30s',
    ACTIONS_MODULE: program('test/bench/workload.ts'),
  };
  const start = (name: 'intake' | 'worker' | 'steward', args: readonly string[]) =>
    MeasuredProcess.start(name, program(`services/${name}/main.ts`), args, env);
  return [await start('intake', []), await start('worker', WAIT_STATIONS), await start('steward', [])];
}

class PendingBench {
  readonly #namespace: string;
  readonly #broker: Broker;
  readonly #worker: MeasuredProcess;
  readonly #say: Say;
  #onEvent: (key: string) => void = () => {};

  constructor(namespace: string, broker: Broker, processes: readonly MeasuredProcess[], say: Say) {
    const worker = processes.find(({ name }) => name === 'worker');
    if (!worker) throw new Error('a line without a worker');
    this.#namespace = namespace;
    this.#broker = broker;
    this.#worker = worker;
    this.#say = say;
  }

  /** Hears that a workflow succeeded, or waits, by `<business key> <event>`. */
  async listen(): Promise<void> {
    const queue = `${this.#namespace}.bench-heard`;
    const from = exchangeName.events(this.#namespace);
    await this.#broker.declare({
      exchanges: [],
      queues: [{ name: queue, deliveryLimit: NEVER_GIVEN_UP }],
      bindings: ['*.succeeded', '*.waiting'].map((pattern) => ({ from, to: { queue }, pattern })),
    });
    await this.#broker.consume(queue, { prefetch: 1_000, onDelivery: (delivery) => this.#take(delivery) });
  }

  #take(delivery: Delivery): void {
    const { subject, type }: { subject: string; type: string } = JSON.parse(delivery.body.toString('utf8'));
    this.#onEvent(`${subject} ${type.slice(type.lastIndexOf('.') + 1)}`);
    delivery.ack();
  }

  /** From a notification to the end of its workflow. */
  async notify(count: number): Promise<Percentiles> {
    const took: number[] = [];
    for (let sequence = 0; sequence < count; sequence += 1) {
      const businessKey = `kept-${sequence}`;
      const heard = new Promise<void>((resolve) => {
        this.#onEvent = (event) => event === `${businessKey} succeeded` && resolve();
      });
      const begunAt = performance.now();
      const data = { answer: sequence };
      await this.#publish(
        notificationMessage(this.#namespace, {
          businessKey,
          source: '/bench',
          id: businessKey,
          name: 'answered',
          data,
        }),
      );
      await heard;
      took.push(performance.now() - begunAt);
    }
    return percentiles(took);
  }

  /** Waits that are due at the same moment, while the station goes on with its own work. */
  async poll(waits: PendingWaits, count: number): Promise<PollFigures> {
    const due = new Date(Date.now() + LEAD_MS);
    await waits.write(dueKind(due), count, () => {});
    this.#say(`due in ${Math.round((due.getTime() - Date.now()) / 1_000)} s`);
    const callsBefore = await this.#calls();
    const own: { readonly sentAt: number; took?: number }[] = [];
    const ends = { count: 0, lastAt: 0 };
    this.#onEvent = (event) => {
      const [key = '', name] = event.split(' ');
      if (key.startsWith('due-') && name === 'succeeded') {
        ends.count += 1;
        if (ends.count === count) ends.lastAt = Date.now();
      }
      const one = key.startsWith('own-') && name === 'waiting' ? own[Number(key.slice(4))] : undefined;
      if (one && one.took === undefined) one.took = Date.now() - one.sentAt;
    };
    const resident = { before: residentMiB(this.#worker.pid), most: 0 };
    while (ends.lastAt === 0) {
      const sequence = own.push({ sentAt: Date.now() }) - 1;
      const start = { workflow: 'bench-polled', businessKey: `own-${sequence}`, data: payload(sequence) };
      await this.#publish(startMessage(this.#namespace, { ...start, source: '/bench/own', id: String(sequence) }));
      if (Date.now() < due.getTime()) resident.before = residentMiB(this.#worker.pid);
      resident.most = Math.max(resident.most, residentMiB(this.#worker.pid));
      await sleep(OWN_EVERY_MS);
    }
    const calls = (await this.#calls()) - callsBefore;
    await sleep(2_000); // the last of its own work
    const took = (from: number, to: number): Percentiles =>
      percentiles(own.filter(({ sentAt }) => sentAt >= from && sentAt < to).map((one) => one.took ?? Infinity));
    return {
      calls,
      seconds: (ends.lastAt - due.getTime()) / 1_000,
      workerMiB: resident,
      ownMs: { before: took(0, due.getTime()), meanwhile: took(due.getTime(), ends.lastAt) },
    };
  }

  #calls(): Promise<number> {
    return this.#worker.metric(/^conveyor_poll_duration_seconds_count\{[^}]*\} (\d+)$/m);
  }

  #publish(message: OutgoingMessage): Promise<void> {
    return this.#broker.publish(message);
  }
}

async function storedIn(mongodbUrl: string, namespace: string): Promise<Stored> {
  const client = new MongoClient(mongodbUrl);
  try {
    const { dataSize, storageSize, indexSize } = await client.db(namespace).command({ dbStats: 1, scale: 2 ** 20 });
    return { data: Number(dataSize), storage: Number(storageSize), indexes: Number(indexSize) };
  } finally {
    await client.close();
  }
}

/** Messages that rest on the delay ladder. */
async function onLadder(broker: Broker, namespace: string): Promise<number> {
  let sum = 0;
  for (const { name } of ladderTopology(namespace, DEFAULT_LADDER).queues) sum += (await broker.depth(name)) ?? 0;
  return sum;
}

function every(step: number, say: (written: number) => void): (written: number) => void {
  let next = step;
  return (written) => {
    if (written < next) return;
    next += step;
    say(written);
  };
}

function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}
