import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import type { Delivery } from '../../../shared/broker/broker.ts';
import { RabbitMqBroker } from '../../../shared/broker/rabbitmq/index.ts';
import { ladderTopology } from '../../../shared/contract/delay-ladder.ts';
import { lineTopology, queueName, stationTopology, type Topology } from '../../../shared/contract/topology.ts';
import { definitionHash } from '../../../shared/core/definition-hash.ts';
import { definitionId } from '../../../shared/core/names.ts';
import type { Journal } from '../../../shared/journal/journal.ts';
import { connectMongoJournal } from '../../../shared/journal/mongodb/index.ts';
import type { Status } from '../../../shared/journal/records.ts';
import { type AuditReport, auditJournal } from '../../../shared/runtime/audit.ts';
import { SystemClock, SystemRandom } from '../../../shared/runtime/clock.ts';
import { SeededRandom } from '../../../shared/testing/seeded-random.ts';
import type { Urls } from '../../support/namespaces.ts';
import { program } from '../../support/programs.ts';
import { definitions, STEPS } from './actions.ts';
import { Downstream } from './downstream.ts';
import { Load } from './load.ts';
import { Member } from './member.ts';

const clock = new SystemClock();

/** A message that came while its holder lived rests on the ladder for half a minute at most. */
const EMPTIED_MS = 60_000;
const UNENDED: readonly Status[] = ['running', 'waiting', 'cancelling', 'compensating'];

/** The programs of a line. */
export type Role = 'intake' | 'steward' | 'worker';
type Addresses = Pick<Urls, 'amqpUrl' | 'mongodbUrl'>;

export interface FleetOptions {
  readonly urls: Urls;
  readonly namespace: string;
  /** Worker processes per action. */
  readonly workersPerAction: number;
  readonly seed: number;
  /** Steward processes. Default: one. */
  readonly stewards?: number;
  /** Where the processes of a role find the servers. Default: at `urls`. */
  readonly addresses?: (role: Role) => Addresses;
}

/** A whole line as it is deployed, with every process supervised, and what judges it. */
export class Fleet {
  readonly workers: readonly Member[];
  readonly intakes: readonly Member[];
  readonly stewards: readonly Member[];
  readonly journal: Journal;
  readonly broker: RabbitMqBroker;
  readonly load: Load;
  readonly random: SeededRandom;
  readonly #downstream: Downstream;
  readonly #namespace: string;

  private constructor(options: FleetOptions, journal: Journal, broker: RabbitMqBroker, downstream: Downstream) {
    const { urls, namespace, workersPerAction, seed, stewards = 1, addresses = () => urls } = options;
    this.#namespace = namespace;
    this.#downstream = downstream;
    this.journal = journal;
    this.broker = broker;
    this.random = new SeededRandom(seed);
    const member = (name: string, role: Role, args: readonly string[] = []): Member => {
      const { amqpUrl, mongodbUrl } = addresses(role);
      return new Member(name, program(`services/${role}/main.ts`), args, {
        AMQP_URL: amqpUrl,
        MONGODB_URL: mongodbUrl,
        CONVEYOR_NAMESPACE: namespace,
        METRICS_HOST: '127.0.0.1',
        METRICS_PORT: '0',
        LOG_LEVEL: 'info',
        ACTIONS_MODULE: program('test/chaos/support/actions.ts'),
        DOWNSTREAM_URL: downstream.url,
      });
    };
    const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);
    this.workers = STEPS.flatMap((step) =>
      numbers(workersPerAction).map((n) => member(`${step}-${n}`, 'worker', [step])),
    );
    this.intakes = [member('intake', 'intake')];
    this.stewards = numbers(stewards).map((n) => member(`steward-${n}`, 'steward'));
    this.load = new Load(broker, namespace, String(seed));
  }

  /** Resolves when every process is ready. When it throws, nothing is left open: members that run on would be started again for ever. */
  static async open(options: FleetOptions): Promise<Fleet> {
    const { urls, namespace, seed } = options;
    // First: when it does not compile, nothing is open yet.
    program('services/worker/main.ts');
    const journal = await connectMongoJournal({ url: urls.mongodbUrl, namespace, clock });
    const broker = new RabbitMqBroker({ url: urls.amqpUrl, clock, random: new SystemRandom(), name: 'chaos' });
    const fleet = new Fleet(options, journal, broker, await Downstream.open(String(seed)));
    try {
      await fleet.#begin();
    } catch (error) {
      await fleet.close();
      throw error;
    }
    return fleet;
  }

  async #begin(): Promise<void> {
    await this.declare();
    for (const definition of definitions) {
      const { name, version } = definition;
      await this.journal.registerDefinition({
        _id: definitionId(name, version),
        name,
        version,
        hash: definitionHash(definition),
        definition,
        active: true,
        registeredAt: new Date(),
      });
    }
    for (const member of this.members) member.start();
    await this.ready();
  }

  /** Every exchange and queue of the line, also where a broker has lost its data. */
  async declare(): Promise<void> {
    for (const topology of topologies(this.#namespace)) await this.broker.declare(topology);
  }

  get members(): readonly Member[] {
    return [...this.intakes, ...this.stewards, ...this.workers];
  }

  /** How every process ended that ended, but for the ends that are expected. */
  deaths(expected?: RegExp): readonly string[] {
    const all = this.members.flatMap(({ name, deaths }) =>
      deaths.map(({ how, words }) => `${name}: ${how} ${words}`.trim()),
    );
    return all.filter((death) => !expected?.test(death));
  }

  /** What a process wrote, as far as its member still has it. */
  logOf(pid: number): readonly string[] {
    return this.members.flatMap(({ log }) => log.filter((line) => line.includes(`"pid":${pid},`)));
  }

  /** Resolves when every process says that it is ready. */
  async ready(limitMs = 60_000): Promise<void> {
    await this.#until(
      limitMs,
      () => this.members.every(({ isReady }) => isReady),
      () =>
        this.members
          .filter(({ isReady }) => !isReady)
          .map(({ name, log }) => `${name}: ${log.slice(-3).join(' | ')}`)
          .join('\n'),
    );
  }

  /** Takes out of its queue what was set aside until now. Resolves to the codes. */
  async takeSetAside(): Promise<readonly string[]> {
    const codes: string[] = [];
    const queue = queueName.dead(this.#namespace);
    const expected = (await this.broker.depth(queue)) ?? 0;
    const onDelivery = (delivery: Delivery): void => {
      codes.push(delivery.routingKey);
      delivery.ack();
    };
    const subscription = await this.broker.consume(queue, { prefetch: 100, onDelivery });
    await this.#until(
      10_000,
      () => codes.length >= expected,
      () => `${expected} were set aside, not ${codes.length}`,
    );
    await subscription.cancel();
    return codes;
  }

  /** Resolves when nothing is running or waiting any more, and every request for cancellation has its answer. */
  async drained(limitMs: number): Promise<void> {
    let left: readonly string[] = [];
    await this.#until(
      limitMs,
      async () => {
        // Whoever is away is asked again. That all have started comes first: none may start between the two.
        const counted = await Promise.all([this.audit(), this.#answered()]).catch(() => undefined);
        const [report, answered = false] = counted ?? [];
        const started = report?.totals.started ?? 0;
        left = [`started ${started} of ${this.load.acknowledged.length}, answered: ${answered}`];
        if (started !== this.load.acknowledged.length || !answered) return false;
        left = await this.unended().catch(() => ['the journal does not answer']);
        return left.length === 0;
      },
      () => `still running, e.g. ${left.join(', ')}`,
    ).catch(async (error: unknown) => {
      throw new Error(`${String(error)}\n${await this.#courseOf(left[0])}`, { cause: error });
    });
  }

  /** Of one that has not ended: what the journal knows of it. */
  async #courseOf(unended: string | undefined): Promise<string> {
    const [workflowId = ''] = unended?.split(' ') ?? [];
    const { head, attempts, snapshots } = (await this.journal.readHistory(workflowId)) ?? {};
    const waits = await this.journal.findOpenWaits([{ workflowId }], 10);
    const steps = snapshots?.map(({ _id, kind, by }) => `${_id} ${kind} ${by ?? ''}`);
    return JSON.stringify({ now: new Date(), head, attempts, steps, waits }, null, 1);
  }

  /** Workflows of these statuses: some of each. */
  async unended(statuses: readonly Status[] = UNENDED): Promise<readonly string[]> {
    const heads = await Promise.all(statuses.map((status) => this.journal.findHeads({ status }, 3)));
    return heads.flat().map(({ _id, status, businessKey }) => `${_id} (${businessKey}) ${status}`);
  }

  audit(drained = false): Promise<AuditReport> {
    return auditJournal(this.journal, { clock, drained, expected: this.load.acknowledged });
  }

  /**
   * I1–I4 on the journal, the downstream's ledger against it, I8 (a hundred fresh workflows run as if nothing had been), a clean stop of
   * everything, and then I7: every queue is empty.
   */
  async verify(): Promise<AuditReport> {
    await this.ready();
    await this.load.produce(100, 100, { plain: true });
    await this.drained(30_000);
    const report = await this.audit(true);
    expect(report.violations).toEqual([]);
    const { running, waiting, succeeded, cancelled, parked } = report.totals;
    expect({ running, waiting, others: succeeded + cancelled + parked }).toEqual({
      running: 0,
      waiting: 0,
      others: this.load.acknowledged.length,
    });
    expect(await this.#downstream.problems(this.journal.scanHistories())).toEqual([]);
    // Copies may still rest on the ladder, of steps that are decided.
    let full: readonly string[] = [];
    const isEmpty = async () => {
      full = await this.#fullQueues();
      return full.length === 0;
    };
    await this.#until(EMPTIED_MS, isEmpty, () => `not empty: ${full.join(', ')}`).catch(async (error: unknown) => {
      throw new Error(`${String(error)}\n${await this.#deadLetters()}`, { cause: error });
    });
    await this.stop();
    expect(await this.#fullQueues()).toEqual([]);
    return report;
  }

  /** Every process ends cleanly on SIGTERM. */
  async stop(): Promise<void> {
    const codes = await Promise.all(
      this.members.map(async (member) => ({ name: member.name, code: await member.stop() })),
    );
    expect(codes.filter(({ code }) => code !== 0)).toEqual([]);
  }

  /** For afterAll: whatever is left, at once. */
  async close(): Promise<void> {
    await Promise.all(
      this.members.map(async (member) => {
        const stopped = member.stop();
        member.kill();
        await stopped;
      }),
    );
    await this.#downstream.close();
    await this.broker.close();
    await this.journal.close();
  }

  async #answered(): Promise<boolean> {
    const intents = await Promise.all(this.load.requests.map((id) => this.journal.readIntent(id)));
    return intents.every((intent) => intent?.state === 'closed');
  }

  /** What lies in the queue of the dead, and why. It stays there. */
  async #deadLetters(): Promise<string> {
    const found: string[] = [];
    const onDelivery = ({ routingKey, messageId, headers, body }: Delivery): void => {
      found.push(`${messageId} by ${routingKey}: ${JSON.stringify(headers)} ${body.toString('utf8')}`);
    };
    await this.broker.consume(queueName.dead(this.#namespace), { prefetch: 5, onDelivery });
    await sleep(1_000);
    return found.join('\n');
  }

  async #fullQueues(): Promise<readonly string[]> {
    const queues = topologies(this.#namespace).flatMap((topology) => topology.queues);
    const depths = await Promise.all(queues.map(async ({ name }) => ({ name, depth: await this.broker.depth(name) })));
    return depths.filter(({ depth }) => depth !== 0).map(({ name, depth }) => `${name}: ${depth}`);
  }

  async #until(limitMs: number, holds: () => boolean | Promise<boolean>, describe: () => string): Promise<void> {
    const endsAt = performance.now() + limitMs;
    while (!(await holds())) {
      if (performance.now() > endsAt) throw new Error(`not within ${limitMs} ms: ${describe()}`);
      await sleep(250);
    }
  }
}

const topologies = (namespace: string): readonly Topology[] => [
  lineTopology(namespace, ladderTopology(namespace)),
  ...STEPS.map((step) => stationTopology(namespace, step)),
];
