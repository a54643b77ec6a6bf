import type { Clock } from '../core/clock.ts';

/**
 * An answer that is believed for a while. It is asked for once for all who want it at the same time: a busy process has hundreds of
 * messages on their way, and all of them would ask when it has run out. A question that failed is asked again by the next.
 */
export class Believed<Answer> {
  readonly #clock: Clock;
  readonly #believedMs: number;
  readonly #ask: () => Promise<Answer>;
  #known: { readonly answer: Answer; readonly askedAt: number } | undefined;
  #asking: Promise<Answer> | undefined;

  /** @param believedMs counted from the question, not from the answer */
  constructor(clock: Clock, believedMs: number, ask: () => Promise<Answer>) {
    this.#clock = clock;
    this.#believedMs = believedMs;
    this.#ask = ask;
  }

  /** At most `believedMs` old. Rejects as the question does. */
  async get(): Promise<Answer> {
    const known = this.#known;
    if (known && this.#clock.monotonic() - known.askedAt < this.#believedMs) return known.answer;
    this.#asking ??= this.#askNow().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #askNow(): Promise<Answer> {
    const askedAt = this.#clock.monotonic();
    const answer = await this.#ask();
    this.#known = { answer, askedAt };
    return answer;
  }
}
