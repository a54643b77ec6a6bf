import type { Line } from '../line.ts';
import type { Round } from './round.ts';

/** The share of the pause by which it may be longer or shorter, so that several stewards spread out. */
const JITTER = 0.2;

/** Goes all rounds of one steward, each at its own pace, until it ends. */
export class Rounds {
  readonly #line: Line;
  readonly #over = new AbortController();
  readonly #going: readonly Promise<void>[];

  /** Begins to go. */
  constructor(line: Line, rounds: readonly Round[]) {
    this.#line = line;
    this.#going = rounds.map((round) => this.#go(round));
  }

  /** Begins no further run; resolves when those under way have ended. */
  async end(): Promise<void> {
    this.#over.abort();
    await Promise.all(this.#going);
  }

  async #go(round: Round): Promise<void> {
    const { clock, random, log } = this.#line;
    const { signal } = this.#over;
    for (;;) {
      await clock.sleep(round.everyMs * (1 + JITTER * (2 * random.next() - 1)), signal);
      if (signal.aborted) return;
      try {
        await round.run(signal);
      } catch (error) {
        // Also when the steward has ended under it: then the loop ends here.
        if (!signal.aborted) log.error({ err: error, round: round.name }, 'a round of the steward failed; it goes on');
      }
    }
  }
}
