import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { RabbitMqBroker } from '../../../shared/broker/rabbitmq/index.ts';
import { ladderTopology } from '../../../shared/contract/delay-ladder.ts';
import { lineTopology, stationTopology, type Topology } from '../../../shared/contract/topology.ts';
import { definitionHash } from '../../../shared/core/definition-hash.ts';
import { definitionId } from '../../../shared/core/names.ts';
import type { Journal } from '../../../shared/journal/journal.ts';
import { connectMongoJournal } from '../../../shared/journal/mongodb/index.ts';
import { type AuditReport, auditJournal } from '../../../shared/runtime/audit.ts';
import { SystemClock, SystemRandom } from '../../../shared/runtime/clock.ts';
import type { Urls } from '../../support/namespaces.ts';
import { program } from '../../support/programs.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { definitions, STEPS } from './actions.ts';
import { Member } from './member.ts';
import { Producer } from './producer.ts';

const clock = new SystemClock();

export interface FleetOptions {
  readonly urls: Urls;
  readonly namespace: string;
  /** Worker processes per action. */
  readonly workersPerAction: number;
  readonly seed: number;
}

/** A whole line as it is deployed, with every process supervised, and what judges it. */
export class Fleet {
  readonly workers: readonly Member[];
  readonly intakes: readonly Member[];
  readonly journal: Journal;
  readonly broker: RabbitMqBroker;
  readonly producer: Producer;
  readonly random: SeededRandom;
  readonly #namespace: string;

  private constructor(options: FleetOptions, journal: Journal, broker: RabbitMqBroker) {
    const { urls, namespace, workersPerAction, seed } = options;
    this.#namespace = namespace;
    this.journal = journal;
    this.broker = broker;
    this.random = new SeededRandom(seed);
    const env = {
      AMQP_URL: urls.amqpUrl,
      MONGODB_URL: urls.mongodbUrl,
      CONVEYOR_NAMESPACE: namespace,
      METRICS_PORT: '0',
      LOG_LEVEL: 'info',
      ACTIONS_MODULE: program('test/chaos/support/actions.ts'),
    };
    const worker = program('services/worker/main.ts');
    this.workers = STEPS.flatMap((step) =>
      Array.from({ length: workersPerAction }, (_, index) => new Member(`${step}-${index + 1}`, worker, [step], env)),
    );
    this.intakes = [new Member('intake', program('services/intake/main.ts'), [], env)];
    this.producer = new Producer(broker, namespace, String(seed));
  }

  static async open(options: FleetOptions): Promise<Fleet> {
    const { urls, namespace } = options;
    // First: when it does not compile, nothing is open yet.
    program('services/worker/main.ts');
    const random = new SystemRandom();
    const broker = new RabbitMqBroker({ url: urls.amqpUrl, clock, random, name: 'chaos' });
    const journal = await connectMongoJournal({ url: urls.mongodbUrl, namespace, clock });
    for (const topology of topologies(namespace)) await broker.declare(topology);
    for (const definition of definitions) {
      const { name, version } = definition;
      await journal.registerDefinition({
        _id: definitionId(name, version),
        name,
        version,
        hash: definitionHash(definition),
        definition,
        active: true,
        registeredAt: new Date(),
      });
    }
    const fleet = new Fleet(options, journal, broker);
    for (const member of fleet.members) member.start();
    await fleet.ready();
    return fleet;
  }

  get members(): readonly Member[] {
    return [...this.intakes, ...this.workers];
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

  /** Resolves when nothing is running any more. */
  async drained(limitMs: number): Promise<void> {
    const running = async () => await this.journal.findHeads({ status: 'running' }, 5).catch(() => undefined);
    let left = await running();
    await this.#until(
      limitMs,
      async () => {
        left = await running();
        if (left?.length !== 0) return false;
        // The journal may be empty of running ones because the intake has not taken them yet.
        const started = await this.audit();
        return started.totals.started === this.producer.acknowledged.length;
      },
      () => `still running, e.g. ${JSON.stringify(left?.map(({ _id, businessKey }) => ({ _id, businessKey })))}`,
    );
  }

  audit(drained = false): Promise<AuditReport> {
    return auditJournal(this.journal, { clock, drained, expected: this.producer.acknowledged });
  }

  /**
   * I1–I4 on the journal, I8 (a hundred fresh workflows run as if nothing had been), a clean stop of everything, and then I7: every
   * queue is empty.
   */
  async verify(): Promise<AuditReport> {
    await this.ready();
    await this.producer.produce(100, 100);
    await this.drained(30_000);
    const report = await this.audit(true);
    expect(report.violations).toEqual([]);
    expect(report.totals.running).toBe(0);
    await this.stop();
    for (const { queues } of topologies(this.#namespace)) {
      for (const { name } of queues)
        expect({ queue: name, depth: await this.broker.depth(name) }).toEqual({ queue: name, depth: 0 });
    }
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
    await this.broker.close();
    await this.journal.close();
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
