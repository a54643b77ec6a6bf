import type { Clock } from '../../shared/core/clock.ts';
import type { Journal } from '../../shared/journal/journal.ts';

/** How long each call takes, milliseconds: what comes meanwhile is gathered, as in front of a server. */
const CALL_MS = 2;

/** Counts the calls of a journal, each of which is a command of the database or a few. */
export class CountedJournal {
  readonly #calls = new Map<string, number>();

  /** All calls since the last `reset`. */
  get total(): number {
    return [...this.#calls.values()].reduce((sum, calls) => sum + calls, 0);
  }

  /** For a person, the most frequent first. */
  describe(): string {
    const calls = [...this.#calls].sort(([, one], [, other]) => other - one);
    return calls.map(([method, count]) => `${method} ${count}`).join(', ');
  }

  reset(): void {
    this.#calls.clear();
  }

  /** @param without methods that are not asked for the sake of a message */
  around(journal: Journal, clock: Clock, without: ReadonlySet<keyof Journal>): Journal {
    return new Proxy(journal, {
      get: (target, name: keyof Journal) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        if (without.has(name)) return member.bind(target) as unknown;
        return async (...given: unknown[]): Promise<unknown> => {
          this.#calls.set(name, (this.#calls.get(name) ?? 0) + 1);
          await clock.sleep(CALL_MS);
          return Reflect.apply(member, target, given) as unknown;
        };
      },
    });
  }
}
