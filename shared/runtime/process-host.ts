import type { Clock, Random } from '../core/clock.ts';
import { SystemClock, SystemRandom } from './clock.ts';
import type { Environment } from './config.ts';
import type { LogDestination } from './logger.ts';

/** What `runService` needs of the process around it. */
export interface Host {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly random: Random;
  /** Where the log goes; undefined: standard output. */
  readonly destination: LogDestination | undefined;
  /** Each time the process is asked to stop. */
  onSignal(action: (signal: string) => void): void;
  /** An error that nobody caught, or a promise that nobody waited for. */
  onCrash(action: (error: unknown) => void): void;
  writeError(text: string): void;
  exit(code: number): void;
}

/** This process. */
export const platformHost: Host = {
  environment: process.env,
  clock: new SystemClock(),
  random: new SystemRandom(),
  destination: undefined,
  onSignal(action) {
    process.on('SIGTERM', action);
    process.on('SIGINT', action);
  },
  onCrash(action) {
    process.on('uncaughtException', action);
    process.on('unhandledRejection', action);
  },
  writeError(text) {
    process.stderr.write(text);
  },
  exit(code) {
    process.exit(code);
  },
};
