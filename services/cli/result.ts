import type { Paint } from './paint.ts';

/** What a command found out or did: once for programs, once for people. The exit code is the same for both. */
export interface Result {
  /** For `--json`: docs/cli.md describes the shape, which only grows. */
  readonly json: unknown;
  /** Whether everything was printed as it happened, and nothing is left to be. */
  readonly isPrinted?: true;
  readonly text: (paint: Paint) => string;
  /** Whether what was asked for is not as it should be. Default 0. */
  readonly exitCode?: 0 | 1;
}
