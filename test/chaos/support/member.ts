import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';

/** A program that exits at once, because a server is away, is not started in a circle. */
const RESPAWN_MS = 300;
const LOG_LINES = 200;

/** When a process of a member died, and how. */
export interface Death {
  readonly pid: number;
  readonly at: number;
  readonly how: string;
  /** What it wrote to standard error, at the end. */
  readonly words: string;
}

/** A process of a member that was ready for work. */
export interface Life {
  readonly pid: number;
  readonly readyAt: number;
  diedAt?: number;
}

/** A process that is started again whenever it ends, as a container platform does. */
export class Member {
  readonly name: string;
  readonly deaths: Death[] = [];
  readonly lives: Life[] = [];
  readonly log: string[] = [];
  readonly #file: string;
  readonly #args: readonly string[];
  readonly #env: NodeJS.ProcessEnv;
  #child: ChildProcess | undefined;
  #words = '';
  #statusPort: string | undefined;
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

  /** SIGSTOP: it stands still, and its connections stay open. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** SIGTERM to one that is started again then. Resolves to its death when another process of it is ready. */
  async replace(limitMs = 60_000): Promise<Death> {
    const before = this.deaths.length;
    this.#child?.kill('SIGTERM');
    await eventually(
      () => this.deaths.length > before && this.#isReady,
      limitMs,
      () => `${this.name} ended and is ready again: ${this.log.slice(-3).join(' | ')}`,
    );
    const death = this.deaths[before];
    if (!death) throw new Error('it has not died'); // eventually resolves only then
    return death;
  }

  /** A page of its status server; undefined while there is none. */
  async page(page: '/metrics' | '/readyz'): Promise<{ readonly status: number; readonly body: string } | undefined> {
    try {
      const response = await fetch(`http://127.0.0.1:${this.#statusPort}${page}`, {
        signal: AbortSignal.timeout(2_000),
      });
      return { status: response.status, body: await response.text() };
    } catch {
      return undefined;
    }
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
        // Nothing else: what steers the tests is none of a program's business.
        env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...this.#env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      this.#child = child;
      this.#words = '';
      child.stdout.on('data', (chunk: Buffer) => this.#heard(chunk.toString('utf8')));
      child.stderr.on('data', (chunk: Buffer) => {
        this.#words = `${this.#words}${chunk.toString('utf8')}`.slice(-1_000);
        this.#heard(chunk.toString('utf8'));
      });
      await once(child, 'close');
      this.#isReady = false;
      if (this.#stopping) return;
      const life = this.lives.at(-1);
      if (life?.pid === child.pid && life) life.diedAt = Date.now();
      const how = child.signalCode ?? `exit code ${child.exitCode}`;
      this.deaths.push({ pid: child.pid ?? 0, at: Date.now(), how, words: this.#words.trim() });
      await sleep(RESPAWN_MS);
    }
  }

  #heard(text: string): void {
    const ready = /"statusPort":(\d+).*"ready"/.exec(text);
    if (ready) {
      this.#isReady = true;
      this.#statusPort = ready[1];
      this.lives.push({ pid: this.#child?.pid ?? 0, readyAt: Date.now() });
    }
    this.log.push(...text.trimEnd().split('\n'));
    if (this.log.length > LOG_LINES) this.log.splice(0, this.log.length - LOG_LINES);
  }
}
