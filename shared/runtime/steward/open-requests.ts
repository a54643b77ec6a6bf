import type { IntentRecord } from '../../journal/intent-record.ts';
import type { Acting } from '../acting.ts';
import { Believed } from '../believed.ts';
import { MOST_KNOWN, MOST_OPEN_REQUESTS } from '../known-intents.ts';
import { untilKnown } from '../right-to-act.ts';

/** How long the list is believed, milliseconds: as long as a worker's own. */
const BELIEVED_MS = 1_000;

/** The open requests for cancellation, read once for all that a steward looks after. */
export class OpenRequests {
  readonly #open: Believed<readonly IntentRecord[]>;

  constructor({ line, right }: Acting) {
    this.#open = new Believed(line.clock, BELIEVED_MS, () =>
      untilKnown(() => line.journal.openIntents(MOST_KNOWN), right),
    );
  }

  /** The oldest first, as they were a second ago at most. */
  all(): Promise<readonly IntentRecord[]> {
    return this.#open.get();
  }

  /** Whether another may be opened: workers read a bounded number. */
  async hasRoom(): Promise<boolean> {
    return (await this.all()).length < MOST_OPEN_REQUESTS;
  }
}
