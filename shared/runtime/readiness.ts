import type { Clock } from '../core/clock.ts';

/** One thing that must work before a process should get work. */
export interface ReadinessCheck {
  /** What is missing when it fails, e.g. `broker`. */
  readonly name: string;
  /** False or a rejection: not ready. */
  isReady(): boolean | Promise<boolean>;
}

/** A check that has not answered by then has failed. */
const CHECK_LIMIT_MS = 2_000;

/** Whether a process should get work. However many ask at once, each check runs once at a time. */
export class Readiness {
  readonly #checks: readonly ReadinessCheck[];
  readonly #clock: Clock;
  #asking: Promise<readonly string[]> | undefined;

  constructor(checks: readonly ReadinessCheck[], clock: Clock) {
    this.#checks = checks;
    this.#clock = clock;
  }

  /** The names of the checks that fail; none: ready. Never rejects, and ends in bounded time. */
  failing(): Promise<readonly string[]> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(): Promise<readonly string[]> {
    const results = await Promise.all(this.#checks.map((check) => this.#passes(check)));
    return this.#checks.filter((_, index) => !results[index]).map(({ name }) => name);
  }

  async #passes(check: ReadinessCheck): Promise<boolean> {
    const answered = new AbortController();
    const late = this.#clock.sleep(CHECK_LIMIT_MS, answered.signal).then(() => false);
    try {
      return await Promise.race([check.isReady(), late]);
    } catch {
      return false; // that is what a rejection means here; whoever owns the connection logs its troubles
    } finally {
      answered.abort();
    }
  }
}
