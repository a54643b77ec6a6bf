import path from 'node:path';
import type { ProgramSpec } from './child.ts';
import type { OrdersToPlace } from './dev-line.ts';
import type { Premises } from './premises.ts';
import { SHORT_PATIENCE, USUAL_TROUBLE } from './usual-trouble.ts';

const LOOPBACK = '127.0.0.1';
const WORKER_PREFIX = 'worker ';

/** The programs of a real line, with the environment that each gets: what a container platform has in its manifests. */
export class Programs {
  readonly #directory: string;
  readonly #line: Readonly<Record<string, string>>;
  readonly #service: Readonly<Record<string, string>>;
  /** Where the downstream stub listens; the workers are told. */
  downstreamPort: number | undefined;

  /** @param directory where the programs were built */
  constructor(directory: string, { amqpUrl, mongodbUrl, namespace }: Premises) {
    this.#directory = directory;
    this.#line = { AMQP_URL: amqpUrl, MONGODB_URL: mongodbUrl, CONVEYOR_NAMESPACE: namespace };
    this.#service = { ...this.#line, METRICS_HOST: LOOPBACK, METRICS_PORT: '0', SHUTDOWN_GRACE: '10s' };
  }

  get downstreamUrl(): string {
    return `http://${LOOPBACK}:${this.downstreamPort}`;
  }

  downstream(): ProgramSpec {
    const env = { DOWNSTREAM_PORT: '0', DOWNSTREAM_MISBEHAVIOUR: JSON.stringify(USUAL_TROUBLE) };
    return this.#program('downstream', 'services/orders/downstream', env);
  }

  /** The `conveyor` command declares the topology and registers the definitions, with rights that the services need not have. */
  setUp(): readonly ProgramSpec[] {
    const ordersLine = path.join(this.#directory, 'services/orders/index.js');
    return [this.#conveyor('topology', 'declare'), this.#conveyor('definitions', 'register', ordersLine)];
  }

  /** The `conveyor` command takes a parked workflow up again. */
  retry(workflowId: string): ProgramSpec {
    return this.#conveyor('retry', workflowId);
  }

  intake(): ProgramSpec {
    return this.#program('intake', 'services/intake', this.#service);
  }

  steward(): ProgramSpec {
    return this.#program('steward', 'services/steward', this.#service);
  }

  /** As many processes of one action. */
  workers(action: string, count: number): readonly ProgramSpec[] {
    const { payment, delivery } = SHORT_PATIENCE;
    const env = {
      ...this.#service,
      DOWNSTREAM_URL: this.downstreamUrl,
      PAYMENT_POLL: payment.poll,
      PAYMENT_LIMIT: payment.limit,
      DELIVERY_POLL: delivery.poll,
      DELIVERY_LIMIT: delivery.limit,
    };
    return Array.from({ length: count }, (_, index) => {
      const name = `${WORKER_PREFIX}${action}${count > 1 ? ` ${index + 1}` : ''}`;
      return this.#program(name, 'services/worker', env, [action]);
    });
  }

  isWorker(name: string): boolean {
    return name.startsWith(WORKER_PREFIX);
  }

  producer({ seed, count }: OrdersToPlace): ProgramSpec {
    const args = ['place-orders', '--seed', seed, '--orders', String(count)];
    return this.#program('checkout', 'services/dev', this.#line, args);
  }

  #conveyor(...args: string[]): ProgramSpec {
    return this.#program(`conveyor ${args.slice(0, 2).join(' ')}`, 'services/cli', this.#line, args);
  }

  #program(name: string, service: string, env: ProgramSpec['env'], args: readonly string[] = []): ProgramSpec {
    return {
      name,
      program: path.join(this.#directory, service, 'main.js'),
      leash: path.join(this.#directory, 'services/dev/leash.js'),
      args,
      env,
    };
  }
}
