import type { Acting } from '../acting.ts';
import { MOST_OPEN } from '../known-intents.ts';
import { untilKnown } from '../right-to-act.ts';
import type { Cancellations } from './cancellations.ts';
import type { Round } from './round.ts';

/** Requests younger than this are left to their own message, milliseconds. */
const OWN_MESSAGE_MS = 10_000;

/** Works on every open request, also without its message: that may be lost, and an operator's command never had one. */
export class OpenIntents implements Round {
  readonly name = 'open-intents';
  readonly everyMs = 2_000;
  readonly #acting: Acting;
  readonly #cancellations: Cancellations;

  constructor(acting: Acting, cancellations: Cancellations) {
    this.#acting = acting;
    this.#cancellations = cancellations;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { line, right } = this.#acting;
    const { journal, clock } = line;
    for (const intent of await untilKnown(() => journal.openIntents(2 * MOST_OPEN), right)) {
      if (signal.aborted) return;
      const isYoung = clock.now() - intent.requestedAt.getTime() < OWN_MESSAGE_MS;
      if (!isYoung || intent.order) await this.#cancellations.consider(intent);
    }
  }
}
