// A line of processes on the shared servers, in a namespace of its own.

import { type Exit, type ProcessSpec, runProgram, ServiceProcess } from './processes.ts';
import { testServers } from './servers.ts';

const PARCELS = 'test/support/modules/parcels.ts';

export interface CliOutcome extends Exit {
  readonly stdout: string;
  readonly stderr: string;
}

export class LineProcesses {
  readonly namespace: string;
  readonly env: Readonly<Record<string, string>>;

  constructor(namespace: string) {
    this.namespace = namespace;
    const { amqpUrl, mongodbUrl } = testServers();
    this.env = { AMQP_URL: amqpUrl, MONGODB_URL: mongodbUrl, CONVEYOR_NAMESPACE: namespace, ACTIONS_MODULE: PARCELS };
  }

  worker(actions: readonly string[], env: ProcessSpec['env'] = {}): ServiceProcess {
    return this.#service('worker', actions, env);
  }

  intake(env: ProcessSpec['env'] = {}): ServiceProcess {
    return this.#service('intake', [], env);
  }

  /** The `conveyor` command. */
  cli(args: readonly string[], env: ProcessSpec['env'] = {}): Promise<CliOutcome> {
    return runProgram({ program: 'services/cli/main.ts', args, env: { ...this.env, ...env } });
  }

  /** Its JSON. @throws Error when the exit code is not the expected one */
  async json(args: readonly string[], code = 0): Promise<unknown> {
    const { stdout, stderr, ...exit } = await this.cli([...args, '--json']);
    if (exit.code === code) return JSON.parse(stdout);
    throw new Error(`conveyor ${args.join(' ')} ended with ${exit.code} instead of ${code}:\n${stdout}\n${stderr}`);
  }

  /** Registers the definitions of the parcels' module, then declares what they need. */
  async prepare(): Promise<void> {
    await this.json(['definitions', 'register', PARCELS]);
    await this.json(['topology', 'declare']);
  }

  #service(name: 'worker' | 'intake', args: readonly string[], env: ProcessSpec['env']): ServiceProcess {
    return new ServiceProcess({ program: `services/${name}/main.ts`, args, env: { ...this.env, ...env } });
  }
}
