import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** A program that exits at once, because a server is away, is not started in a circle. */
const RESPAWN_MS = 300;
const LOG_LINES = 200;

/** When a process of a member died, and how. */
export interface Death {
  readonly pid: number;
  readonly at: number;
  readonly how: string;
}

/** A process that is started again whenever it ends, as a container platform does. */
export class Member {
  readonly name: string;
  readonly deaths: Death[] = [];
  readonly log: string[] = [];
  readonly #file: string;
  readonly #args: readonly string[];
  readonly #env: NodeJS.ProcessEnv;
  #child: ChildProcess | undefined;
  #isReady = false;
  #stopping = false;
  #supervision: Promise<void> = Promise.resolve();

  constructor(name: string, file: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.name = name;
    this.#file = file;
    this.#args = args;
    this.#env = env;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  start(): void {
    this.#supervision = this.#supervise();
  }

  /** SIGKILL. False: it is not running at this moment. */
  kill(): boolean {
    return this.#child?.kill('SIGKILL') ?? false;
  }

  /** SIGTERM; resolves to its exit code. */
  async stop(): Promise<number | null> {
    this.#stopping = true;
    const child = this.#child;
    child?.kill('SIGTERM');
    await this.#supervision;
    return child?.exitCode ?? null;
  }

  async #supervise(): Promise<void> {
    while (!this.#stopping) {
      const child = spawn(process.execPath, [this.#file, ...this.#args], {
        env: { ...process.env, ...this.#env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      this.#child = child;
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => this.#heard(chunk));
      await once(child, 'exit');
      this.#isReady = false;
      if (this.#stopping) return;
      this.deaths.push({ pid: child.pid ?? 0, at: Date.now(), how: child.signalCode ?? `exit code ${child.exitCode}` });
      await sleep(RESPAWN_MS);
    }
  }

  #heard(chunk: Buffer): void {
    const text = chunk.toString('utf8');
    if (text.includes('"ready"')) this.#isReady = true;
    this.log.push(...text.trimEnd().split('\n'));
    if (this.log.length > LOG_LINES) this.log.splice(0, this.log.length - LOG_LINES);
  }
}
