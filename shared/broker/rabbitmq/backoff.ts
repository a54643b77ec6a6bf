import type { Random } from '../../core/clock.ts';

export interface BackoffOptions {
  /** The shortest pause, milliseconds; nothing is tried sooner. */
  readonly minMs: number;
  /** The longest pause, milliseconds, before jitter. */
  readonly maxMs: number;
}

/** Half of a pause again at most is added by chance, so that a fleet does not come back in step. */
const JITTER = 0.5;

/** Pauses that double with each failure, and begin anew after a success. */
export class Backoff {
  private failures = 0;
  private readonly options: BackoffOptions;
  private readonly random: Random;

  constructor(options: BackoffOptions, random: Random) {
    this.options = options;
    this.random = random;
  }

  nextMs(): number {
    const { minMs, maxMs } = this.options;
    const pause = Math.min(maxMs, minMs * 2 ** this.failures++);
    return pause * (1 + JITTER * this.random.next());
  }

  reset(): void {
    this.failures = 0;
  }
}
