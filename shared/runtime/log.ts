import type { ActionLog } from '../core/action-calls.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What a line says beside its message: numbers, short texts, errors. Never a payload: objects are not written at all. */
export type LogDetails = Readonly<Record<string, unknown>>;

/** What a line about one attempt is about. An envelope is one. */
export interface StepScope {
  readonly workflowId: string;
  readonly step: number;
  readonly attempt: number;
  readonly action: string;
}

/**
 * The log that everything in the engine writes to. Messages are constants, what varies goes into the details; so lines
 * can be searched and counted. `runtime/logger.ts` writes them, `silentLog` does not.
 */
export interface Log extends ActionLog {
  /** Whether such a line would be written. Ask before building details on the hot path. */
  isEnabled(level: LogLevel): boolean;
  /** A log whose every line carries these details, too. */
  child(details: LogDetails): Log;
  /** A log that stands for one attempt. Costs next to nothing until it writes its first line. */
  forStep(scope: StepScope): Log;
}

/** Writes nothing: for tests, the simulation, and programs that show their progress otherwise. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  isEnabled: () => false,
  child: () => silentLog,
  forStep: () => silentLog,
};
