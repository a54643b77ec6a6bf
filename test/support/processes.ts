// Programs of this repository as processes of their own, as in production: started from the sources, watched by their log,
// stopped and killed by signals.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll } from '@jest/globals';
import { eventually } from './eventually.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Starting means compiling the sources, on machines that do other things meanwhile. */
const START_LIMIT_MS = 30_000;
/** Longer than SHUTDOWN_GRACE below: after it a process has to be gone. */
const STOP_LIMIT_MS = 15_000;
const FACT_LIMIT_MS = 15_000;

/** Of a log line, what every line has. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [detail: string]: unknown;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProcessSpec {
  /** The program from the repository's root, e.g. `services/worker/main.ts`. */
  readonly program: string;
  /** Run in its place, as it stands: a command line of a compiled program. */
  readonly command?: readonly [file: string, ...args: readonly string[]];
  readonly args?: readonly string[];
  /** Added to the defaults of these tests. Nothing but PATH and HOME is inherited. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

const DEFAULTS = {
  LOG_LEVEL: 'info',
  METRICS_HOST: '127.0.0.1',
  METRICS_PORT: '0',
  SHUTDOWN_GRACE: '10s',
};

const running = new Set<ServiceProcess>();

/** One program; after an end it can be started again, which is another process. Whatever still runs after the test file is killed. */
export class ServiceProcess {
  readonly #spec: ProcessSpec;
  readonly #lines: LogLine[] = [];
  #child: ChildProcess | undefined;
  #exited: Promise<Exit> = Promise.resolve({ code: null, signal: null });
  #exit: Exit | undefined;
  #stderr = '';
  #stdout = '';

  constructor(spec: ProcessSpec) {
    this.#spec = spec;
  }

  /** Every line of the log since the last start that was JSON. */
  get log(): readonly LogLine[] {
    return this.#lines;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error(`${this.#spec.program} was not started`);
    return this.#child.pid;
  }

  /** Where it serves `/metrics`, `/healthz` and `/readyz`. */
  get statusUrl(): string {
    const port = this.#lines.find(({ msg }) => msg === 'ready')?.['statusPort'];
    if (typeof port !== 'number') throw new Error(`${this.#spec.program} has not said which port it listens on`);
    return `http://127.0.0.1:${port}`;
  }

  /** Resolves when it has ended, whichever way. */
  get exited(): Promise<Exit> {
    return this.#exited;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#exit === undefined;
  }

  /** Spawns it, and does not wait for it to work. */
  spawn(): this {
    const { env = {}, cwd = ROOT } = this.#spec;
    const [file, ...args] = commandOf(this.#spec);
    this.#lines.length = 0;
    this.#stderr = '';
    this.#stdout = '';
    this.#exit = undefined;
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn(file, args, {
      cwd,
      env: { PATH, HOME, ...DEFAULTS, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    running.add(this);
    this.#collect(child);
    // `close`, not `exit`: by then its last words have been read.
    this.#exited = once(child, 'close').then(([code, signal]: Exit[keyof Exit][]) => {
      this.#exit = { code: typeof code === 'number' ? code : null, signal: (signal as NodeJS.Signals | null) ?? null };
      running.delete(this);
      return this.#exit;
    });
    return this;
  }

  /** Starts it; resolves when it says that it is ready. @throws Error, with its last words, when it ends instead */
  async start(): Promise<this> {
    this.spawn();
    await this.waitForLine('ready', START_LIMIT_MS);
    return this;
  }

  /** Resolves to the first log line with that message (and, if given, those details). */
  async waitForLine(
    message: string,
    limitMs = FACT_LIMIT_MS,
    fits: (line: LogLine) => boolean = () => true,
  ): Promise<LogLine> {
    const find = (): LogLine | undefined => this.#lines.find((line) => line.msg === message && fits(line));
    await eventually(
      () => find() !== undefined || this.#exit !== undefined,
      limitMs,
      () => `"${message}" in the log of ${this.#spec.program}:\n${this.#lastWords()}`,
    );
    const line = find();
    if (line) return line;
    throw new Error(`${this.#spec.program} ended before it said "${message}":\n${this.#lastWords()}`);
  }

  /** SIGTERM; resolves when it has ended. */
  stop(): Promise<Exit> {
    return this.#end('SIGTERM');
  }

  /** SIGKILL; resolves when it has ended. */
  kill(): Promise<Exit> {
    return this.#end('SIGKILL');
  }

  pause(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  resume(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  /** Waits for its end without asking for it. */
  async waitForExit(limitMs = START_LIMIT_MS): Promise<Exit> {
    await eventually(
      () => this.#exit !== undefined,
      limitMs,
      () => `the end of ${this.#spec.program}:\n${this.#lastWords()}`,
    );
    return this.#exited;
  }

  /** A page of its status server. */
  async status(page: '/metrics' | '/healthz' | '/readyz'): Promise<{ code: number; body: string }> {
    const response = await fetch(`${this.statusUrl}${page}`);
    return { code: response.status, body: await response.text() };
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<Exit> {
    if (this.isRunning) process.kill(this.pid, signal);
    return this.waitForExit(STOP_LIMIT_MS);
  }

  #collect(child: ChildProcess): void {
    let rest = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      this.#lines.push(...lines.flatMap((line) => parseLine(line) ?? []));
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
  }

  #lastWords(): string {
    const lines = this.#stdout.trimEnd().split('\n').slice(-15);
    return [...lines, this.#stderr.trimEnd()].join('\n');
  }
}

const commandOf = ({ program, args = [], command }: ProcessSpec): readonly [string, ...string[]] =>
  command ?? [process.execPath, '--import', import.meta.resolve('tsx'), path.resolve(ROOT, program), ...args];

/** Undefined for what is no log line: programs write other things, too. */
function parseLine(line: string): LogLine | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const isLogLine = typeof value === 'object' && value !== null && 'msg' in value && 'level' in value;
    return isLogLine ? (value as LogLine) : undefined;
  } catch {
    return undefined;
  }
}

/** A program that runs to its end by itself. */
export async function runProgram(spec: ProcessSpec): Promise<Exit & { stdout: string; stderr: string }> {
  const program = new ServiceProcess(spec).spawn();
  const exit = await program.waitForExit();
  return { ...exit, stdout: program.stdout, stderr: program.stderr };
}

// No process outlives the test file that started it, whatever became of its tests.
afterAll(async () => {
  for (const left of running) await left.kill();
});
