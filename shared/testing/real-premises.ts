import type { Broker } from '../broker/broker.ts';
import { ladderTopology } from '../contract/delay-ladder.ts';
import { lineTopology, stationTopology } from '../contract/topology.ts';
import { Fatal } from '../core/errors.ts';
import type { Journal } from '../journal/journal.ts';
import { SystemClock, SystemRandom } from '../runtime/clock.ts';
import { silentLog } from '../runtime/log.ts';
import { connectBroker, connectJournal } from '../wiring/connections.ts';
import { removeTraces, withDatabase } from '../wiring/traces.ts';
import type { Connection, Premises } from './premises.ts';
import { RealTime } from './real-time.ts';
import { Traffic } from './traffic.ts';

/** Shorter than the default: what a killed worker held is taken over sooner. Longer than a busy machine holds up a heartbeat. */
const LIVENESS_TIMEOUT_MS = 3_000;
/** The heartbeat runs out, and the message comes back by the ladder: after 1 s, after 2 s more. */
const TAKEOVER_MS = 4_500;

interface Servers {
  readonly amqpUrl: string;
  readonly mongodbUrl: string;
}

/** A namespace of its own on a real RabbitMQ and a real MongoDB, taken away at the end. */
export class RealPremises implements Premises {
  readonly namespace: string;
  readonly clock = new SystemClock();
  readonly random = new SystemRandom();
  readonly traffic = new Traffic(this.clock);
  readonly livenessTimeoutMs = LIVENESS_TIMEOUT_MS;
  readonly isDrained = undefined;
  readonly scale: number;
  readonly time: RealTime;
  readonly journal: Journal;
  readonly #servers: Servers;
  readonly #brokers: Broker[] = [];

  private constructor(namespace: string, servers: Servers, journal: Journal, scale: number) {
    this.namespace = namespace;
    this.#servers = servers;
    this.journal = journal;
    this.scale = scale;
    const { clock, traffic } = this;
    this.time = new RealTime({ clock, traffic, scale, takeoverMs: TAKEOVER_MS });
  }

  /** @throws Fatal `config-invalid`; Unavailable when a server does not answer */
  static async open(environment: NodeJS.ProcessEnv, scale: number): Promise<RealPremises> {
    const namespace = `test-${new SystemRandom().id()}`;
    const servers = {
      amqpUrl: required(environment, 'AMQP_URL'),
      mongodbUrl: withDatabase(required(environment, 'MONGODB_URL'), namespace),
    };
    const config = { namespace, ...servers };
    const journal = await connectJournal({ config, clock: new SystemClock() });
    return new RealPremises(namespace, servers, journal, scale);
  }

  connect(program: string): Connection {
    const { clock, random, namespace } = this;
    const broker = connectBroker({ config: { namespace, ...this.#servers }, clock, random, log: silentLog, program });
    this.#brokers.push(broker);
    // Whoever cuts it does not listen any more; what is unacknowledged is delivered again once it is closed.
    return { broker, cut: () => void broker.close() };
  }

  async close(actions: readonly string[]): Promise<void> {
    await Promise.all(this.#brokers.map((broker) => broker.close()));
    await this.journal.close();
    const { namespace } = this;
    const topologies = [
      lineTopology(namespace, ladderTopology(namespace)),
      ...actions.map((action) => stationTopology(namespace, action)),
    ];
    const names = (part: 'queues' | 'exchanges'): string[] =>
      topologies.flatMap((topology) => topology[part].map(({ name }) => name));
    const queues = names('queues');
    await removeTraces({ ...this.#servers, queues, exchanges: names('exchanges'), database: namespace });
  }
}

function required(environment: NodeJS.ProcessEnv, variable: 'AMQP_URL' | 'MONGODB_URL'): string {
  const url = environment[variable];
  if (url) return url;
  throw new Fatal('config-invalid', { variable, problem: 'must be set where CONVEYOR_TEST is "real"' });
}
