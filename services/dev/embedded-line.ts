import type { Broker } from '../../shared/broker/broker.ts';
import type { Clock, Random } from '../../shared/core/clock.ts';
import { EmbeddedLine } from '../../shared/index.ts';
import type { Journal } from '../../shared/journal/journal.ts';
import type { Log } from '../../shared/runtime/log.ts';
import { BaseService } from '../../shared/runtime/service.ts';
import { StatusServer } from '../../shared/runtime/status-server.ts';
import { createActions } from '../orders/actions/index.ts';
import { definitions } from '../orders/definitions/index.ts';
import { DownstreamServer } from '../orders/downstream/server.ts';
import { HttpDownstream } from '../orders/downstream-client.ts';
import type { DevLine, OrdersToPlace, Scrape } from './dev-line.ts';
import { placeOrders } from './producer.ts';
import { SHORT_PATIENCE, USUAL_TROUBLE } from './usual-trouble.ts';

const LOOPBACK = '127.0.0.1';

export interface EmbeddedOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The orders line in this process: an embedded line, and the stub of the shop's other services on a free port. */
export class EmbeddedDevLine extends BaseService implements DevLine {
  /** Nothing that could break is outside this process. */
  readonly broken: AbortSignal = new AbortController().signal;
  readonly operator: undefined = undefined;
  readonly #options: EmbeddedOptions;
  readonly #downstreamServer: DownstreamServer;
  #parts: Parts | undefined;

  constructor(options: EmbeddedOptions) {
    super();
    this.#options = options;
    this.#downstreamServer = new DownstreamServer({
      host: LOOPBACK,
      port: 0,
      misbehaviour: USUAL_TROUBLE,
      clock: options.clock,
    });
  }

  get namespace(): string {
    return this.#started().line.namespace;
  }

  get actions(): readonly string[] {
    return this.#started().actions;
  }

  get broker(): Broker {
    return this.#started().broker;
  }

  get journal(): Journal {
    return this.#started().line.journal;
  }

  get downstreamUrl(): string {
    return `http://${LOOPBACK}:${this.#downstreamServer.port}`;
  }

  placeOrders(orders: OrdersToPlace, signal: AbortSignal): Promise<void> {
    return placeOrders({ ...this.#options, publisher: this.broker, namespace: this.namespace }, orders, signal);
  }

  async scrape(): Promise<readonly Scrape[]> {
    return [{ process: 'embedded', text: await this.#started().line.metrics.render() }];
  }

  beginTrouble(): () => void {
    return () => {};
  }

  addresses(): readonly (readonly [name: string, address: string])[] {
    return [
      ['metrics', `http://${LOOPBACK}:${this.#started().status.port}/metrics`],
      ['downstream stub', `${this.downstreamUrl}/ledger`],
    ];
  }

  protected override async onStart(): Promise<void> {
    const { clock, random, log } = this.#options;
    await this.#downstreamServer.start();
    const downstream = new HttpDownstream(this.downstreamUrl);
    const actions = createActions(downstream, SHORT_PATIENCE);
    const line = new EmbeddedLine({ actions, definitions, clock, random, log });
    const status = new StatusServer({
      host: LOOPBACK,
      port: 0,
      metrics: line.metrics,
      clock,
      checks: [{ name: 'started', isReady: () => line.started }],
    });
    this.#parts = { downstream, line, status, broker: line.connect(), actions: actions.map(({ name }) => name) };
    await status.start();
    await line.start();
  }

  protected override async onStop(): Promise<void> {
    const { line, broker, status, downstream } = this.#started();
    await line.stop();
    await broker.close();
    await status.stop();
    await downstream.close();
    await this.#downstreamServer.stop();
  }

  #started(): Parts {
    if (!this.#parts) throw new TypeError('the line is not started');
    return this.#parts;
  }
}

interface Parts {
  readonly downstream: HttpDownstream;
  readonly line: EmbeddedLine;
  readonly status: StatusServer;
  readonly broker: Broker;
  readonly actions: readonly string[];
}
