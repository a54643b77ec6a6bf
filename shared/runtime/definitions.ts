import type { Clock } from '../core/clock.ts';
import type { Journal } from '../journal/journal.ts';
import type { DefinitionRecord } from '../journal/records.ts';
import { Believed } from './believed.ts';

/** How long "the highest active version" and "there is none" are believed without asking again, milliseconds. */
const BELIEVED_MS = 1_000;

/** How many versions are remembered at most, and how many names: beyond it all are forgotten and read again. */
const MOST_VERSIONS = 1_000;

/**
 * The registered definitions, remembered: a version never changes, so it is read once; which version is the highest is asked
 * again each second. Everybody gets the same object of a version, since its compiled conditions hang on it.
 */
export class Definitions {
  readonly #journal: Pick<Journal, 'findDefinition' | 'latestDefinition'>;
  readonly #clock: Clock;
  readonly #versions = new Map<string, DefinitionRecord>();
  /** Versions that are being read. */
  readonly #finding = new Map<string, Promise<DefinitionRecord | null>>();
  readonly #latest = new Map<string, Believed<DefinitionRecord | null>>();

  constructor(journal: Pick<Journal, 'findDefinition' | 'latestDefinition'>, clock: Clock) {
    this.#journal = journal;
    this.#clock = clock;
  }

  /** A version; null when it is not registered. @throws Unavailable */
  async find(name: string, version: number): Promise<DefinitionRecord | null> {
    const key = `${name}/${version}`;
    const known = this.#versions.get(key);
    if (known) return known;
    // A worker that starts has hundreds of messages of one version on its hands.
    const finding = this.#finding.get(key) ?? this.#journal.findDefinition(name, version);
    this.#finding.set(key, finding);
    try {
      const record = await finding;
      return record && this.#remember(record);
    } finally {
      this.#finding.delete(key);
    }
  }

  /** The highest active version; null when there is none. At most a second old. @throws Unavailable */
  latest(name: string): Promise<DefinitionRecord | null> {
    const known = this.#latest.get(name);
    if (known) return known.get();
    // Names come from outside: a flood of unknown ones must not fill the memory.
    if (this.#latest.size >= MOST_VERSIONS) this.#latest.clear();
    const latest = new Believed(this.#clock, BELIEVED_MS, async () => {
      const found = await this.#journal.latestDefinition(name);
      return found && this.#remember(found);
    });
    this.#latest.set(name, latest);
    return latest.get();
  }

  #remember(record: DefinitionRecord): DefinitionRecord {
    const key = `${record.name}/${record.version}`;
    const known = this.#versions.get(key);
    if (known) return known;
    if (this.#versions.size >= MOST_VERSIONS) this.#versions.clear();
    this.#versions.set(key, record);
    return record;
  }
}
