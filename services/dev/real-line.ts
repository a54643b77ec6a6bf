import { request } from 'undici';
import type { Broker } from '../../shared/broker/broker.ts';
import type { Clock, Random } from '../../shared/core/clock.ts';
import type { Journal } from '../../shared/journal/journal.ts';
import { BaseService } from '../../shared/runtime/service.ts';
import { buildPrograms } from './build.ts';
import type { Child } from './child.ts';
import type { DevLine, Operator, OrdersToPlace, Scrape } from './dev-line.ts';
import { Janitor } from './janitor.ts';
import { type Cleaning, leavePremises, type Premises, planPremises, takePremises } from './premises.ts';
import { Programs } from './programs.ts';
import { Supervisor } from './supervisor.ts';

/** `--kill`: a worker dies this often. */
const KILL_EVERY_MS = 1_000;
/** Every scrape costs each process some milliseconds; a live view may ask more often than that is worth. */
const SCRAPE_EVERY_MS = 1_000;
const SCRAPE_LIMIT_MS = 2_000;

/** What the dev command itself holds on the servers. */
export interface Connections {
  readonly broker: Broker;
  readonly journal: Journal;
}

export interface RealOptions {
  readonly actions: readonly string[];
  /** Worker processes per action, where it is not one. */
  readonly workers: ReadonlyMap<string, number>;
  readonly kill: boolean;
  readonly clock: Clock;
  readonly random: Random;
  onNote(line: string): void;
  connect(premises: Premises): Promise<Connections>;
}

/**
 * The orders line as in production: every part a process of its own, on a real RabbitMQ and a real MongoDB. Whatever it sets up
 * is taken away again by `stop`; by a janitor when this process dies before.
 */
export class RealDevLine extends BaseService implements DevLine {
  readonly actions: readonly string[];
  readonly #options: RealOptions;
  readonly #broken = new AbortController();
  #parts: Parts | undefined;
  #scraped: { readonly at: number; readonly scrapes: readonly Scrape[] } | undefined;

  constructor(options: RealOptions) {
    super();
    this.#options = options;
    this.actions = options.actions;
  }

  get broken(): AbortSignal {
    return this.#broken.signal;
  }

  get namespace(): string {
    return this.#started().premises.namespace;
  }

  get broker(): Broker {
    return this.#started().connections.broker;
  }

  get journal(): Journal {
    return this.#started().connections.journal;
  }

  get downstreamUrl(): string {
    return this.#started().programs.downstreamUrl;
  }

  placeOrders(orders: OrdersToPlace, signal: AbortSignal): Promise<void> {
    const { supervisor, programs } = this.#started();
    return supervisor.run(programs.producer(orders), signal);
  }

  async scrape(): Promise<readonly Scrape[]> {
    const now = this.#options.clock.monotonic();
    if (this.#scraped && now - this.#scraped.at < SCRAPE_EVERY_MS) return this.#scraped.scrapes;
    const scrapes = await Promise.all(this.#started().supervisor.children.map((child) => scrape(child)));
    this.#scraped = { at: now, scrapes: scrapes.filter((found) => found !== undefined) };
    return this.#scraped.scrapes;
  }

  beginTrouble(): () => void {
    if (!this.#options.kill) return () => {};
    const over = new AbortController();
    void this.#killWorkers(over.signal);
    return () => over.abort();
  }

  /**
   * With `--kill`: a step that was lost several times, at last alone, looks like one that kills its worker, and is parked for
   * somebody to decide. Here it was chance, so it is taken up again.
   */
  get operator(): Operator | undefined {
    if (!this.#options.kill) return undefined;
    const { supervisor, programs } = this.#started();
    return {
      takesUp: (code) => code === 'lost-alone',
      takeUp: (workflowId) => supervisor.run(programs.retry(workflowId), this.broken),
    };
  }

  addresses(): readonly (readonly [name: string, address: string])[] {
    const { premises, cleaning, supervisor } = this.#started();
    const processes = supervisor.children.flatMap(({ name, statusPort }) =>
      statusPort === undefined ? [] : [[name, `http://127.0.0.1:${statusPort}/metrics`] as const],
    );
    // The passwords of servers that were there before are not ours to print.
    if (cleaning.kind === 'namespace') return [['CONVEYOR_NAMESPACE', premises.namespace], ...processes];
    return [
      ['AMQP_URL', premises.amqpUrl],
      ['MONGODB_URL', premises.mongodbUrl],
      ['RabbitMQ management', premises.managementUrl ?? 'none'],
      ['downstream stub', `${this.downstreamUrl}/ledger`],
      ...processes,
    ];
  }

  protected override async onStart(signal: AbortSignal): Promise<void> {
    const { actions, workers, clock, random } = this.#options;
    const onNote = (line: string): void => this.#options.onNote(line);
    onNote('building the programs');
    const built = await buildPrograms();
    const cleaning = planPremises(built, actions, random.id());
    const janitor = new Janitor(built.directory, cleaning);
    const onBroken = (error: Error): void => this.#broken.abort(error);
    const supervisor = new Supervisor({ clock, random, onNote, onBroken });
    const leaveNothing = async (): Promise<void> => {
      await supervisor.stop();
      await leavePremises(cleaning);
      janitor.dismiss();
    };
    // Whatever is waited for, nothing becomes ready any more.
    signal.addEventListener('abort', () => void supervisor.stop(), { once: true });
    try {
      const premises = await takePremises(cleaning, onNote);
      signal.throwIfAborted();
      const programs = new Programs(built.directory, premises);
      const downstream = await supervisor.keep(programs.downstream());
      programs.downstreamPort = downstream.port;
      await Promise.all(programs.setUp().map((spec) => supervisor.run(spec, signal)));
      const fleet = actions.flatMap((action) => programs.workers(action, workers.get(action) ?? 1));
      onNote(`starting the intake, a steward and ${fleet.length} workers, each a process of its own`);
      await Promise.all([programs.intake(), programs.steward(), ...fleet].map((spec) => supervisor.keep(spec)));
      signal.throwIfAborted();
      const connections = await this.#options.connect(premises);
      this.#parts = { premises, cleaning, supervisor, programs, connections, leaveNothing };
    } catch (error) {
      await leaveNothing();
      throw error;
    }
  }

  protected override async onStop(): Promise<void> {
    const { connections, leaveNothing } = this.#started();
    try {
      await connections.broker.close();
      await connections.journal.close();
    } finally {
      await leaveNothing();
    }
  }

  async #killWorkers(over: AbortSignal): Promise<void> {
    const { supervisor, programs } = this.#started();
    while (!over.aborted) {
      await this.#options.clock.sleep(KILL_EVERY_MS, over);
      // One that still starts holds nothing that could be lost, and a machine under load would never get it up.
      const isCandidate = ({ name, wasReady }: Child): boolean => wasReady && programs.isWorker(name);
      if (!over.aborted) supervisor.killOne(isCandidate);
    }
  }

  #started(): Parts {
    if (!this.#parts) throw new TypeError('the line is not started');
    return this.#parts;
  }
}

interface Parts {
  readonly premises: Premises;
  readonly cleaning: Cleaning;
  readonly supervisor: Supervisor;
  readonly programs: Programs;
  readonly connections: Connections;
  readonly leaveNothing: () => Promise<void>;
}

/** Undefined for a process that does not answer: it starts, or has just been killed. */
async function scrape({ name, pid, statusPort }: Child): Promise<Scrape | undefined> {
  if (statusPort === undefined) return undefined;
  try {
    const signal = AbortSignal.timeout(SCRAPE_LIMIT_MS);
    const { body } = await request(`http://127.0.0.1:${statusPort}/metrics`, { signal });
    return { process: `${name}/${pid}`, text: await body.text() };
  } catch {
    return undefined;
  }
}
