import { hostname } from 'node:os';
import { type Logger, pino, stdTimeFunctions } from 'pino';
import type { Log, LogDetails, LogLevel, StepScope } from './log.ts';
import { presentDetails } from './log-details.ts';

/** Takes whole lines. */
export interface LogDestination {
  write(line: string): void;
}

export interface LogOptions {
  /** Lines below it are not written; `silent` writes none. */
  readonly level: LogLevel | 'silent';
  /** Which program writes; stands on every line. */
  readonly service: string;
  /** Default: standard output, one JSON object per line. */
  readonly destination?: LogDestination;
}

/** pino's numbers. */
const SEVERITY = { debug: 20, info: 30, warn: 40, error: 50, silent: Number.POSITIVE_INFINITY } as const;

/**
 * The log of a process. Payloads are never written and URLs are masked, whoever logs (`presentDetails`); errors carry
 * code and message, and their stack when the level is `debug`.
 */
export function createLog({ level, service, destination }: LogOptions): Log {
  const options = {
    level,
    base: { service, pid: process.pid, host: hostname() },
    timestamp: stdTimeFunctions.isoTime,
    // pino would make its own of what presentDetails has made of an error, with the stack's first line and all causes.
    serializers: { err: (shown: unknown) => shown },
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const root = destination ? pino(options, destination) : pino(options);
  return new PinoLog(() => root, { threshold: SEVERITY[level], withStacks: level === 'debug' });
}

interface Shared {
  readonly threshold: number;
  readonly withStacks: boolean;
}

/** pino's child is made at the first line that is written, and most scopes never write one. */
class PinoLog implements Log {
  readonly #shared: Shared;
  readonly #makeLogger: () => Logger;
  #logger: Logger | undefined;

  constructor(makeLogger: () => Logger, shared: Shared) {
    this.#makeLogger = makeLogger;
    this.#shared = shared;
  }

  debug(details: LogDetails, message: string): void {
    this.#write('debug', details, message);
  }

  info(details: LogDetails, message: string): void {
    this.#write('info', details, message);
  }

  warn(details: LogDetails, message: string): void {
    this.#write('warn', details, message);
  }

  error(details: LogDetails, message: string): void {
    this.#write('error', details, message);
  }

  isEnabled(level: LogLevel): boolean {
    return SEVERITY[level] >= this.#shared.threshold;
  }

  child(details: LogDetails): Log {
    return new PinoLog(() => this.#made().child(presentDetails(details, false)), this.#shared);
  }

  forStep(scope: StepScope): Log {
    return new PinoLog(() => {
      const { workflowId, step, attempt, action } = scope;
      return this.#made().child({ workflowId, step, attempt, action });
    }, this.#shared);
  }

  #made(): Logger {
    this.#logger ??= this.#makeLogger();
    return this.#logger;
  }

  #write(level: LogLevel, details: LogDetails, message: string): void {
    if (!this.isEnabled(level)) return;
    this.#made()[level](presentDetails(details, this.#shared.withStacks), message);
  }
}
