import type { ActionContract } from '../core/action.ts';
import type { Clock } from '../core/clock.ts';
import type { Journal } from '../journal/journal.ts';

/** How long what was read is believed, milliseconds. */
const BELIEVED_MS = 1_000;

/** The contracts of all actions that a worker has hosted, remembered for a second. */
export class Contracts {
  readonly #journal: Pick<Journal, 'listStations'>;
  readonly #clock: Clock;
  #known: { readonly contracts: ReadonlyMap<string, ActionContract>; readonly askedAt: number } | undefined;

  constructor(journal: Pick<Journal, 'listStations'>, clock: Clock) {
    this.#journal = journal;
    this.#clock = clock;
  }

  /** By the action's name. At most a second old. @throws Unavailable */
  async all(): Promise<ReadonlyMap<string, ActionContract>> {
    const known = this.#known;
    if (known && this.#clock.monotonic() - known.askedAt < BELIEVED_MS) return known.contracts;
    const askedAt = this.#clock.monotonic();
    const stations = await this.#journal.listStations();
    const contracts = new Map(stations.map(({ _id, contract }) => [_id, contract]));
    this.#known = { contracts, askedAt };
    return contracts;
  }
}
