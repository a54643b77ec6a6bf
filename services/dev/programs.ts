import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProgramSpec } from './child.ts';
import type { OrdersToPlace } from './dev-line.ts';
import type { Premises } from './premises.ts';
import { USUAL_TROUBLE } from './usual-trouble.ts';

const LOOPBACK = '127.0.0.1';
/** Of the sources or of what was built, whichever runs. */
const ORDERS_LINE = fileURLToPath(new URL(`../orders/index${path.extname(import.meta.url)}`, import.meta.url));
const WORKER_PREFIX = 'worker ';

/** The programs of a real line, with the environment that each gets: what a container platform has in its manifests. */
export class Programs {
  readonly #line: Readonly<Record<string, string>>;
  readonly #service: Readonly<Record<string, string>>;
  /** Where the downstream stub listens; the workers are told. */
  downstreamPort: number | undefined;

  constructor({ amqpUrl, mongodbUrl, namespace }: Premises) {
    this.#line = { AMQP_URL: amqpUrl, MONGODB_URL: mongodbUrl, CONVEYOR_NAMESPACE: namespace };
    this.#service = { ...this.#line, METRICS_HOST: LOOPBACK, METRICS_PORT: '0', SHUTDOWN_GRACE: '10s' };
  }

  get downstreamUrl(): string {
    return `http://${LOOPBACK}:${this.downstreamPort}`;
  }

  downstream(): ProgramSpec {
    const env = { DOWNSTREAM_PORT: '0', DOWNSTREAM_MISBEHAVIOUR: JSON.stringify(USUAL_TROUBLE) };
    return { name: 'downstream', program: 'services/orders/downstream/main', env };
  }

  /** The `conveyor` command declares the topology and registers the definitions, with rights that the services need not have. */
  setUp(): readonly ProgramSpec[] {
    const cli = (name: string, ...args: string[]): ProgramSpec => {
      return { name, program: 'services/cli/main', args, env: this.#line };
    };
    return [
      cli('conveyor topology declare', 'topology', 'declare'),
      cli('conveyor definitions register', 'definitions', 'register', ORDERS_LINE),
    ];
  }

  intake(): ProgramSpec {
    return { name: 'intake', program: 'services/intake/main', env: this.#service };
  }

  /** As many processes of one action. */
  workers(action: string, count: number): readonly ProgramSpec[] {
    const env = { ...this.#service, DOWNSTREAM_URL: this.downstreamUrl };
    return Array.from({ length: count }, (_, index) => ({
      name: `${WORKER_PREFIX}${action}${count > 1 ? ` ${index + 1}` : ''}`,
      program: 'services/worker/main',
      args: [action],
      env,
    }));
  }

  isWorker(name: string): boolean {
    return name.startsWith(WORKER_PREFIX);
  }

  producer({ seed, count }: OrdersToPlace): ProgramSpec {
    const args = ['place-orders', '--seed', seed, '--orders', String(count)];
    return { name: 'checkout', program: 'services/dev/main', args, env: this.#line };
  }
}
