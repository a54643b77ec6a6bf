import type { Clock, Random } from '../core/clock.ts';
import { ConveyorError } from '../core/errors.ts';
import { type Config, loadConfig } from './config.ts';
import type { Log } from './log.ts';
import { createLog } from './logger.ts';
import { maskUrls } from './mask.ts';
import { Metrics } from './metrics.ts';
import { type Host, platformHost } from './process-host.ts';
import type { ReadinessCheck } from './readiness.ts';
import type { Service } from './service.ts';
import { ServiceGroup } from './service-group.ts';
import { StatusServer } from './status-server.ts';
import { groupStopMs } from './stop-budget.ts';
import { VERSION } from './version.ts';

/** What a service is built from. */
export interface ServiceContext {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly random: Random;
  /** Ends the process at once with exit code 1, as when it may not act any more. What it holds is not given back. */
  readonly fail: (error: unknown) => void;
}

/** What a service consists of. */
export interface ServiceParts {
  /** By name, in the order of starting. */
  readonly services: Readonly<Record<string, Service>>;
  /** What must hold, beside "all are started", for `/readyz` to say yes. */
  readonly checks: readonly ReadinessCheck[];
}

export type Build = (context: ServiceContext) => ServiceParts | Promise<ServiceParts>;

/**
 * Runs a process from its environment to its exit: the whole of a `main.ts`.
 *
 * - SIGTERM or SIGINT stops it within SHUTDOWN_GRACE, also while it starts: exit code 0.
 * - Exit code 1, with one line on standard error: a configuration or a start that fails, a Fatal, an error that nobody
 *   caught, a second signal, a stop that fails or takes too long.
 *
 * @param build puts the parts together, and starts none of them
 */
export const runService = (name: string, build: Build, host: Host = platformHost): Promise<void> =>
  new ServiceProcess(name, host).run(build);

/**
 *   starting → running → stopping → exited
 *
 * A signal takes it from `starting` or `running` to `stopping`; failures take it from anywhere to `exited`. It exits once:
 * whatever happens on the way out changes neither its code nor its last line.
 */
class ServiceProcess {
  readonly #name: string;
  readonly #host: Host;
  #state: 'starting' | 'running' | 'stopping' | 'exited' = 'starting';
  #group: ServiceGroup | undefined;

  constructor(name: string, host: Host) {
    this.#name = name;
    this.#host = host;
  }

  async run(build: Build): Promise<void> {
    const { clock, environment, destination } = this.#host;
    const startedAt = clock.monotonic();
    try {
      const config = loadConfig(environment);
      const log = createLog({ level: config.logLevel, service: this.#name, ...(destination ? { destination } : {}) });
      this.#host.onCrash((error) => this.#fail(log, error));
      this.#host.onSignal((signal) => this.#onSignal(signal, log));
      const status = await this.#start(build, config, log);
      log.info({ version: VERSION, statusPort: status.port, ms: Math.round(clock.monotonic() - startedAt) }, 'ready');
    } catch (error) {
      // Only `starting` was begun here: a start that a stop has overtaken is that stop's to end.
      if (this.#state === 'starting') this.#exit(1, error);
    }
  }

  async #start(build: Build, config: Config, log: Log): Promise<StatusServer> {
    const { clock, random } = this.#host;
    const metrics = new Metrics();
    metrics.collectProcessMetrics();
    const fail = (error: unknown): void => this.#fail(log, error);
    const { services, checks } = await build({ config, log, metrics, clock, random, fail });
    const status = new StatusServer({
      host: config.metricsHost,
      port: config.metricsPort,
      metrics,
      checks: [{ name: 'started', isReady: () => this.#state === 'running' }, ...checks],
      clock,
    });
    // First, so that whoever waits for the process can see that it lives, and what it waits for.
    const group = new ServiceGroup(
      { status, ...services },
      { clock, log, stopMs: groupStopMs(config.shutdownGraceMs) },
    );
    this.#group = group;
    await group.start();
    this.#state = 'running'; // a stop would have overtaken the group's start
    return status;
  }

  #onSignal(signal: string, log: Log): void {
    if (this.#state === 'exited') return;
    if (this.#state === 'stopping') {
      this.#exit(1, `a second signal (${signal}) came before the stop was done`);
      return;
    }
    this.#state = 'stopping';
    log.info({ signal }, 'stopping');
    void this.#stop(log);
  }

  async #stop(log: Log): Promise<void> {
    try {
      await this.#group?.stop();
      log.info({}, 'stopped');
      this.#exit(0);
    } catch (error) {
      this.#fail(log, error);
    }
  }

  #fail(log: Log, error: unknown): void {
    log.error({ err: error }, 'the process ends');
    this.#exit(1, error);
  }

  #exit(code: 0 | 1, reason?: unknown): void {
    if (this.#state === 'exited') return;
    this.#state = 'exited';
    if (reason !== undefined) this.#host.writeError(`${this.#name}: ${oneLine(reason)}\n`);
    this.#host.exit(code);
  }
}

function oneLine(reason: unknown): string {
  const code = reason instanceof ConveyorError ? `${reason.code}: ` : '';
  const message = reason instanceof Error ? reason.message || reason.name : String(reason);
  return `${code}${maskUrls(message)}`.replace(/\s*\n\s*/g, ' ');
}
