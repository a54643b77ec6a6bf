// A line of processes on the shared servers, in a namespace of its own.

import { runCli } from '../../services/cli/cli.ts';
import type { Screen } from '../../services/cli/platform.ts';
import { SystemClock, SystemRandom } from '../../shared/runtime/clock.ts';
import { silentLog } from '../../shared/runtime/log.ts';
import { connectBroker, connectJournal } from '../../shared/wiring/connections.ts';
import { type Exit, type ProcessSpec, runProgram, ServiceProcess } from './processes.ts';
import { testServers } from './servers.ts';

const clock = new SystemClock();
const random = new SystemRandom();

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

  steward(env: ProcessSpec['env'] = {}): ServiceProcess {
    return this.#service('steward', [], env);
  }

  /** The `conveyor` command, as a process. */
  cli(args: readonly string[], env: ProcessSpec['env'] = {}): Promise<CliOutcome> {
    return runProgram({ program: 'services/cli/main.ts', args, env: { ...this.env, ...env } });
  }

  /**
   * The JSON of a command that runs in this process: the same code, without the time that starting takes.
   * @throws Error when the exit code is not the expected one
   */
  async json(args: readonly string[], code = 0): Promise<unknown> {
    const written = { out: '', err: '' };
    const screen = (name: keyof typeof written): Screen => ({
      isTerminal: false,
      write(text) {
        written[name] += text;
      },
    });
    const ended = await runCli([...args, '--json'], {
      environment: this.env,
      clock,
      random,
      out: screen('out'),
      err: screen('err'),
      interrupted: new AbortController().signal,
      connectJournal: (config) => connectJournal({ config, clock }),
      connectBroker: (config) => connectBroker({ config, clock, random, log: silentLog, program: 'cli' }),
    });
    if (ended === code) return JSON.parse(written.out);
    const { out, err } = written;
    throw new Error(`conveyor ${args.join(' ')} ended with ${ended} instead of ${code}:\n${out}\n${err}`);
  }

  /** Registers the definitions of the parcels' module, then declares what they need. */
  async prepare(): Promise<void> {
    await this.json(['definitions', 'register', PARCELS]);
    await this.json(['topology', 'declare']);
  }

  #service(name: 'worker' | 'intake' | 'steward', args: readonly string[], env: ProcessSpec['env']): ServiceProcess {
    return new ServiceProcess({ program: `services/${name}/main.ts`, args, env: { ...this.env, ...env } });
  }
}
