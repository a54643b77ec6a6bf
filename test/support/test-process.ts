import type { Broker } from '../../shared/broker/broker.ts';
import type { InMemoryBroker, InMemoryConnection } from '../../shared/broker/in-memory/index.ts';
import { DEFAULT_LADDER } from '../../shared/contract/delay-ladder.ts';
import type { Clock, Random } from '../../shared/core/clock.ts';
import type { InMemoryStore } from '../../shared/journal/in-memory/index.ts';
import type { Journal } from '../../shared/journal/journal.ts';
import { Contracts } from '../../shared/runtime/contracts.ts';
import { Definitions } from '../../shared/runtime/definitions.ts';
import { groupReads } from '../../shared/runtime/journal-reads.ts';
import { groupWrites } from '../../shared/runtime/journal-writes.ts';
import type { Line } from '../../shared/runtime/line.ts';
import { silentLog } from '../../shared/runtime/log.ts';
import { Metrics } from '../../shared/runtime/metrics.ts';
import type { PausePoints } from '../../shared/runtime/pause-points.ts';
import type { Service } from '../../shared/runtime/service.ts';
import { Mortality, type WakingOrder } from '../../shared/testing/mortality.ts';

export const NAMESPACE = 'test';
export const RETENTION_MS = 30 * 86_400_000;

/** What the processes of a line in memory share. */
export interface World {
  readonly server: InMemoryBroker;
  readonly store: InMemoryStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly points: PausePoints;
  /** Put something around each process's ports, e.g. faults. */
  readonly wrapBroker?: ((broker: Broker, process: TestProcess) => Broker) | undefined;
  readonly wrapJournal?: ((journal: Journal, process: TestProcess) => Journal) | undefined;
}

/** Nobody reads them; one instance is enough for all. */
const metrics = new Metrics();

/** A simulated process on a line: it has its own connections and its own wall clock; it can stop, pause and die. */
export class TestProcess {
  readonly id: string;
  readonly line: Line;
  readonly mortality = new Mortality();
  readonly connection: InMemoryConnection;
  readonly #world: World;
  /** Resolves when it is dead. */
  readonly ended: Promise<void>;
  /** Whether it has lost its right to act. */
  isFenced = false;
  /** Whether it was asked to stop. */
  isStopping = false;
  #service: Service | undefined;
  #wallOffsetMs = 0;
  #end: () => void = () => {};

  constructor(id: string, world: World) {
    this.id = id;
    this.#world = world;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.connection = world.server.connect();
    const { mortality } = this;
    const journal = mortality.port(world.wrapJournal?.(world.store.connect(), this) ?? world.store.connect());
    const clock = this.#ownClock();
    this.line = {
      namespace: NAMESPACE,
      broker: mortality.broker(world.wrapBroker?.(this.connection, this) ?? this.connection),
      journal,
      writes: groupWrites(journal, metrics),
      reads: groupReads(journal, metrics),
      definitions: new Definitions(journal, clock),
      contracts: new Contracts(journal, clock),
      ladder: DEFAULT_LADDER,
      clock,
      random: world.random,
      log: silentLog,
      metrics,
      points: { reached: (point, context) => this.#reached(() => world.points.reached(point, context)) },
      retentionMs: RETENTION_MS,
    };
  }

  get isDead(): boolean {
    return this.mortality.isDead;
  }

  /** What it does from now on, until it stops. A service that cannot start ends its process. */
  async run(service: Service): Promise<void> {
    this.#service = service;
    try {
      await this.mortality.hear(service.start());
    } catch (error) {
      this.die();
      throw error;
    }
  }

  /** SIGKILL. */
  die(): void {
    this.mortality.die();
    this.connection.kill();
    this.#end();
  }

  /** SIGTERM: stops and exits, whatever comes of it. Resolves also when it is killed meanwhile. */
  async stop(): Promise<void> {
    this.isStopping = true;
    try {
      const stopped = this.mortality.hear(this.#service?.stop() ?? Promise.resolve());
      await Promise.race([stopped, this.ended]);
    } finally {
      this.die();
    }
  }

  /** SIGSTOP. */
  pause(): void {
    this.mortality.pause();
  }

  /** SIGCONT. */
  resume(order?: WakingOrder): void {
    this.mortality.resume(this.#world.clock, order);
  }

  /** Its wall clock is set by an administrator. */
  jumpWall(ms: number): void {
    this.#wallOffsetMs += ms;
  }

  #ownClock(): Clock {
    const clock = this.mortality.clock(this.#world.clock);
    return { ...clock, now: () => clock.now() + this.#wallOffsetMs };
  }

  /** Whoever dies or is paused at a point stays there; there is nothing to wait for otherwise, as in production. */
  #reached(pass: () => Promise<void> | undefined): Promise<void> | undefined {
    if (this.mortality.isDead) return this.mortality.forever();
    const passed = pass();
    if (this.mortality.isDead) return this.mortality.forever();
    if (passed === undefined && !this.mortality.isPaused) return undefined;
    return this.mortality.hear(passed ?? Promise.resolve());
  }
}
