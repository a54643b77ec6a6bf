import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';

/** Of what a process writes, these many lines are kept for whoever asks why it ended. */
const LINES_KEPT = 20;

/** A program of this repository, to be run as a process of its own. */
export interface ProgramSpec {
  /** What it is called here. */
  readonly name: string;
  /** Its file, and the file of the leash that it is put on. */
  readonly program: string;
  readonly leash: string;
  readonly args?: readonly string[];
  /** Nothing but the search path, the home and the place for temporary files is inherited. */
  readonly env: Readonly<Record<string, string>>;
}

export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const logLineSchema = z.looseObject({
  level: z.string(),
  msg: z.string(),
  statusPort: z.int().optional(),
  port: z.int().optional(),
});
type LogLine = z.output<typeof logLineSchema>;

/**
 * One process, from its spawning to its end. In a group of its own, so that a Ctrl-C at the terminal reaches the dev command
 * alone, which then stops the others in order; and on a leash, so that it ends when the dev command is gone.
 */
export class Child {
  readonly name: string;
  /** Resolves when it says that it is ready; never when it ends before that. */
  readonly ready: Promise<void>;
  /** Resolves when it has ended and its last words were read. */
  readonly exited: Promise<ChildExit>;
  readonly #process: ChildProcess;
  readonly #lines: string[] = [];
  #readyLine: LogLine | undefined;
  #hasEnded = false;

  /** @param onTrouble told what it writes to standard error, and what it logs as an error */
  constructor({ name, program, leash, args = [], env }: ProgramSpec, onTrouble: (line: string) => void) {
    this.name = name;
    const { PATH = '', HOME = '', TMPDIR = '/tmp' } = process.env;
    this.#process = spawn(process.execPath, ['--import', pathToFileURL(leash).href, program, ...args], {
      env: { PATH, HOME, TMPDIR, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    });
    // A process that could not be started has no pid; it ends with this event alone.
    this.#process.on('error', (error) => onTrouble(error.message));
    let isReady = (): void => {};
    this.ready = new Promise((resolve) => {
      isReady = resolve;
    });
    this.#readLines(this.#process.stdout, (line) => {
      const logged = parseLogLine(line);
      if (logged?.msg === 'ready') {
        this.#readyLine = logged;
        isReady();
      }
      if (logged?.level === 'error') onTrouble(line);
    });
    this.#readLines(this.#process.stderr, onTrouble);
    // `close`, not `exit`: by then its last words have been read.
    this.exited = once(this.#process, 'close').then(([code, signal]: unknown[]) => {
      this.#hasEnded = true;
      // Node's own types of the event's arguments are lost in `once`.
      return { code: code as ChildExit['code'], signal: signal as ChildExit['signal'] };
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether it has ever said that it is ready; it may have ended since. */
  get wasReady(): boolean {
    return this.#readyLine !== undefined;
  }

  /** Where it serves its metrics, once it is ready. */
  get statusPort(): number | undefined {
    return this.#readyLine?.statusPort;
  }

  /** Where it serves what it is there for, once it is ready. */
  get port(): number | undefined {
    return this.#readyLine?.port;
  }

  /** The last lines that it wrote. */
  get lastWords(): string {
    return this.#lines.join('\n');
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  #readLines(stream: ChildProcess['stdout'], take: (line: string) => void): void {
    if (!stream) return; // it could not be started
    createInterface({ input: stream }).on('line', (line) => {
      this.#lines.push(line);
      if (this.#lines.length > LINES_KEPT) this.#lines.shift();
      take(line);
    });
  }
}

/** Undefined for what is not a line of our log. */
function parseLogLine(line: string): LogLine | undefined {
  try {
    return logLineSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
