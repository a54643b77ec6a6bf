import type { ActionContract } from '../core/action.ts';
import type { Clock } from '../core/clock.ts';
import type { Journal } from '../journal/journal.ts';
import { Believed } from './believed.ts';

/** How long what was read is believed, milliseconds. */
const BELIEVED_MS = 1_000;

/** The contracts of all actions that a worker has hosted, remembered for a second. */
export class Contracts {
  readonly #known: Believed<ReadonlyMap<string, ActionContract>>;

  constructor(journal: Pick<Journal, 'listStations'>, clock: Clock) {
    this.#known = new Believed(clock, BELIEVED_MS, async () => {
      const stations = await journal.listStations();
      return new Map(stations.map(({ _id, contract }) => [_id, contract]));
    });
  }

  /** By the action's name. At most a second old. @throws Unavailable */
  all(): Promise<ReadonlyMap<string, ActionContract>> {
    return this.#known.get();
  }
}
