import { createHash } from 'node:crypto';
import type { Clock } from '../../shared/core/clock.ts';

/** Everything that happens in a run, line by line, and everything among it that must not be. */
export class Chronicle {
  readonly lines: string[] = [];
  readonly violations: string[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(text: string): void {
    this.lines.push(`${this.#clock.monotonic()} ${text}`);
  }

  violated(what: string): void {
    this.note(`VIOLATION ${what}`);
    this.violations.push(what);
  }

  /** Two runs with the same digest were the same, byte for byte. */
  get digest(): string {
    return createHash('sha256').update(this.lines.join('\n')).digest('hex');
  }
}
