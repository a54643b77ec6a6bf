import type { Acting } from '../acting.ts';
import { MOST_KNOWN } from '../known-intents.ts';
import { untilKnown } from '../right-to-act.ts';
import type { Cancellations } from './cancellations.ts';
import type { Round } from './round.ts';
import { severalAtOnce } from './several-at-once.ts';

/** Requests younger than this are left to their own message, milliseconds. */
const OWN_MESSAGE_MS = 10_000;

/** Each costs some ten round trips to the database. */
const AT_ONCE = 20;

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
    const open = await untilKnown(() => journal.openIntents(MOST_KNOWN), right);
    const isYoung = (requestedAt: Date): boolean => clock.now() - requestedAt.getTime() < OWN_MESSAGE_MS;
    const unattended = open.filter(({ order, requestedAt }) => order !== undefined || !isYoung(requestedAt));
    await severalAtOnce(unattended, AT_ONCE, signal, (intent) => this.#cancellations.consider(intent));
  }
}
