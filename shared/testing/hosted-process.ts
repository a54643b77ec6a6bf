import type { Line } from '../runtime/line.ts';
import { createLine } from '../runtime/line-assembly.ts';
import type { Log } from '../runtime/log.ts';
import { Metrics } from '../runtime/metrics.ts';
import type { PausePoint } from '../runtime/pause-points.ts';
import type { Service } from '../runtime/service.ts';
import type { Faults } from './faults.ts';
import { Mortality } from './mortality.ts';
import type { Connection, Premises } from './premises.ts';

/** RETENTION, its default. */
const RETENTION_MS = 30 * 86_400_000;

export interface HostedProcessOptions {
  readonly id: string;
  readonly premises: Premises;
  readonly faults: Faults;
  readonly log: Log;
  /** Whether it dies at this point. */
  diesAt(point: PausePoint): boolean;
}

/** One process of a test line, with connections of its own: it can stop, and be killed. */
export class HostedProcess {
  readonly id: string;
  readonly line: Line;
  readonly #mortality = new Mortality();
  readonly #premises: Premises;
  readonly #connection: Connection;
  #service: Service | undefined;

  constructor(options: HostedProcessOptions) {
    const { id, premises, faults, log } = options;
    this.id = id;
    this.#premises = premises;
    this.#connection = premises.connect(id);
    const mortality = this.#mortality;
    const { namespace, clock, random, journal, traffic } = premises;
    const parts = {
      namespace,
      broker: mortality.broker(faults.of(traffic.of(this, this.#connection.broker))),
      journal: mortality.port(journal),
      clock: mortality.clock(clock),
      random,
      log,
      metrics: new Metrics(),
      retentionMs: RETENTION_MS,
    };
    this.line = {
      ...createLine(parts),
      points: {
        reached: (point) => {
          if (!mortality.isDead && options.diesAt(point)) this.die();
          return mortality.isDead ? mortality.forever() : undefined;
        },
      },
    };
  }

  get isDead(): boolean {
    return this.#mortality.isDead;
  }

  /** Whether it has messages in its hands. */
  get isHolding(): boolean {
    return this.#premises.traffic.holds(this);
  }

  /** Starts what it does until its end. */
  async run(service: Service): Promise<void> {
    this.#service = service;
    await this.#mortality.hear(service.start());
  }

  /** SIGKILL. What it has sent may still arrive; what its actions do beside the line cannot be called back. */
  die(): void {
    if (this.isDead) return;
    this.#mortality.die();
    this.#connection.cut();
    this.#premises.traffic.forget(this);
  }

  /** SIGTERM: finishes what it holds, and ends. */
  async stop(): Promise<void> {
    if (this.isDead) return;
    await this.#service?.stop();
    await this.#connection.broker.close();
    this.#mortality.die();
  }
}
