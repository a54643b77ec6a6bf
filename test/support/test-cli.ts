// The command line in this process, over the in-memory line of a test.
import { setTimeout as sleep } from 'node:timers/promises';
import { runCli } from '../../services/cli/cli.ts';
import type { Platform, Screen } from '../../services/cli/platform.ts';
import type { TestLine } from './test-line.ts';
import { NAMESPACE } from './test-process.ts';

export interface CliRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Virtual milliseconds that pass with each real one: commands read files, which takes real time. */
const PACE = 20;

const ENVIRONMENT = {
  AMQP_URL: 'amqp://user:secret@rabbit',
  MONGODB_URL: 'mongodb://user:secret@mongo',
  CONVEYOR_NAMESPACE: NAMESPACE,
};

export class TestCli {
  readonly #line: TestLine;
  readonly #overrides: Partial<Platform>;
  /** What the last command connected to. */
  readonly connected: string[] = [];
  readonly #interrupt = new AbortController();

  constructor(line: TestLine, overrides: Partial<Platform> = {}) {
    this.#line = line;
    this.#overrides = overrides;
  }

  /** One command line, with time passing until it has ended. */
  async run(...args: string[]): Promise<CliRun> {
    const screens = { out: '', err: '' };
    const screen = (name: 'out' | 'err'): Screen => ({
      isTerminal: false,
      write(text) {
        screens[name] += text;
      },
    });
    this.connected.length = 0;
    const platform: Platform = {
      environment: ENVIRONMENT,
      clock: this.#line.clock,
      random: this.#line.random,
      out: screen('out'),
      err: screen('err'),
      interrupted: this.#interrupt.signal,
      connectJournal: () => {
        this.connected.push('journal');
        return Promise.resolve(this.#line.store.connect());
      },
      connectBroker: () => {
        this.connected.push('broker');
        return this.#line.server.connect();
      },
      ...this.#overrides,
    };
    const running = runCli(args, platform);
    const ended = new AbortController();
    void running.finally(() => ended.abort());
    while (!ended.signal.aborted) {
      await this.#line.clock.advance(PACE);
      await sleep(1);
    }
    return { code: await running, ...screens };
  }

  /** Ctrl-C. */
  interrupt(): void {
    this.#interrupt.abort();
  }

  /** Its JSON; the exit code is expected to be 0 unless another is given. */
  async json(args: readonly string[], code = 0): Promise<unknown> {
    const { out, err, ...run } = await this.run(...args, '--json');
    if (run.code !== code) throw new Error(`${args.join(' ')} ended with ${run.code} instead of ${code}: ${err}${out}`);
    return JSON.parse(out);
  }
}
