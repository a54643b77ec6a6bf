import type { Clock } from '../core/clock.ts';
import type { Journal } from '../journal/journal.ts';
import type { DefinitionRecord } from '../journal/records.ts';

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
  readonly #latest = new Map<string, { record: DefinitionRecord | null; askedAt: number }>();
  /** Questions on their way; the name of a workflow has no slash, a version's key has. */
  readonly #asking = new Map<string, Promise<DefinitionRecord | null>>();

  constructor(journal: Pick<Journal, 'findDefinition' | 'latestDefinition'>, clock: Clock) {
    this.#journal = journal;
    this.#clock = clock;
  }

  /** A version; null when it is not registered. @throws Unavailable */
  async find(name: string, version: number): Promise<DefinitionRecord | null> {
    const key = `${name}/${version}`;
    const known = this.#versions.get(key);
    if (known) return known;
    const record = await this.#once(key, () => this.#journal.findDefinition(name, version));
    return record && this.#remember(record);
  }

  /** The highest active version; null when there is none. At most a second old. @throws Unavailable */
  async latest(name: string): Promise<DefinitionRecord | null> {
    const known = this.#latest.get(name);
    if (known && this.#clock.monotonic() - known.askedAt < BELIEVED_MS) return known.record;
    return this.#once(name, async () => {
      const askedAt = this.#clock.monotonic();
      const found = await this.#journal.latestDefinition(name);
      const record = found && this.#remember(found);
      // Names come from outside: a flood of unknown ones must not fill the memory.
      if (this.#latest.size >= MOST_VERSIONS) this.#latest.clear();
      this.#latest.set(name, { record, askedAt });
      return record;
    });
  }

  /** Whoever asks while the same is being asked gets the same answer: a busy intake has a hundred events on their way at once. */
  #once(question: string, ask: () => Promise<DefinitionRecord | null>): Promise<DefinitionRecord | null> {
    const asked = this.#asking.get(question);
    if (asked) return asked;
    const asking = ask().finally(() => this.#asking.delete(question));
    this.#asking.set(question, asking);
    return asking;
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
