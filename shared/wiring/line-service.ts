import { hostname } from 'node:os';
import type { RabbitMqBroker } from '../broker/rabbitmq/index.ts';
import { DEFAULT_LADDER, ladderTopology } from '../contract/delay-ladder.ts';
import { lineTopology } from '../contract/topology.ts';
import type { Random } from '../core/clock.ts';
import { Unavailable } from '../core/errors.ts';
import type { MongoJournal } from '../journal/mongodb/index.ts';
import type { Line } from '../runtime/line.ts';
import { createLine } from '../runtime/line-assembly.ts';
import type { ReadinessCheck } from '../runtime/readiness.ts';
import type { ServiceContext } from '../runtime/run-service.ts';
import { BaseService, orAborted, type Service } from '../runtime/service.ts';
import { connectBroker, connectJournal } from './connections.ts';

/** Pause before a server that did not answer is asked again. */
const ASK_AGAIN_MS = 1_000;

/** Makes what takes part in the line, and does not start it. May be called again after Unavailable. */
export type Join = (line: Line, journal: MongoJournal) => Service | Promise<Service>;

/** What a process is called in the journal: unique in the whole fleet, and for all time. */
export const processId = (random: Random): string => `${hostname()}-${process.pid}-${random.id().slice(0, 8)}`;

/**
 * A service of the line together with its connections: connects to both servers, declares what every line has, then starts
 * what `join` makes. A server that does not answer is asked until it does; `/readyz` says no meanwhile. The stop is the
 * reverse: nothing is disconnected before the service has settled what it holds.
 */
export class LineService extends BaseService {
  readonly #program: string;
  readonly #context: ServiceContext;
  readonly #join: Join;
  #journal: MongoJournal | undefined;
  #broker: RabbitMqBroker | undefined;
  #service: Service | undefined;

  constructor(program: string, context: ServiceContext, join: Join) {
    super();
    this.#program = program;
    this.#context = context;
    this.#join = join;
  }

  /** For `/readyz`. */
  get checks(): readonly ReadinessCheck[] {
    return [
      { name: 'broker', isReady: () => this.#broker?.isReady() ?? false },
      { name: 'journal', isReady: () => this.#answers() },
      { name: this.#program, isReady: () => this.#service?.started ?? false },
    ];
  }

  protected override async onStart(signal: AbortSignal): Promise<void> {
    try {
      const connecting = { ...this.#context, program: this.#program };
      const journal = await this.#untilAnswered('MongoDB', signal, () => connectJournal(connecting));
      this.#journal = journal;
      const broker = connectBroker(connecting);
      this.#broker = broker;
      const { namespace } = this.#context.config;
      const topology = lineTopology(namespace, ladderTopology(namespace, DEFAULT_LADDER));
      await this.#untilAnswered('RabbitMQ', signal, () => orAborted(broker.declare(topology), signal));
      const line = createLine({ ...this.#context, ...this.#context.config, broker, journal });
      const service = await this.#untilAnswered('MongoDB', signal, async () => this.#join(line, journal));
      this.#service = service;
      await orAborted(service.start(), signal);
    } catch (error) {
      await this.onStop();
      throw error;
    }
  }

  protected override async onStop(): Promise<void> {
    try {
      await this.#service?.stop();
    } finally {
      await this.#broker?.close();
      await this.#journal?.close();
    }
  }

  async #answers(): Promise<boolean> {
    if (!this.#journal) return false;
    await this.#journal.ping();
    return true;
  }

  async #untilAnswered<T>(server: string, signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
    for (;;) {
      signal.throwIfAborted();
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
        this.#context.log.warn({ err: error, server }, 'waiting for a server');
      }
      await this.#context.clock.sleep(ASK_AGAIN_MS, signal);
    }
  }
}
