import type { Inserted, Journal } from '../../shared/journal/journal.ts';
import type { TestProcess } from '../support/test-process.ts';

/** In which order documents came to be; what comes first decides. */
export class Landings {
  readonly #order = new Map<string, number>();

  /** A journal whose inserts are remembered when they happen. */
  watch(journal: Journal): Journal {
    const remember = (documents: readonly { readonly _id: string }[], results: readonly Inserted[]): void => {
      for (const [index, { _id }] of documents.entries()) {
        if (results[index] === 'inserted' && !this.#order.has(_id)) this.#order.set(_id, this.#order.size);
      }
    };
    return overridden(journal, {
      insertAttempts: async (attempts) => {
        const results = await journal.insertAttempts(attempts);
        remember(attempts, results);
        return results;
      },
      insertSnapshots: async (snapshots) => {
        const results = await journal.insertSnapshots(snapshots);
        remember(snapshots, results);
        return results;
      },
    });
  }

  isBefore(first: string, second: string): boolean {
    return (this.#order.get(first) ?? Infinity) < (this.#order.get(second) ?? Infinity);
  }
}

export interface Observer {
  isRecordedDead(process: TestProcess): boolean;
  violated(what: string): void;
  note(text: string): void;
}

/**
 * Sees what leaves a process for the journal: a process whose death is recorded may write nothing more under its name. It may
 * give back what it held, which is safe at any time.
 */
export function observedJournal(journal: Journal, process: TestProcess, observer: Observer): Journal {
  const leaves = (what: string, ids: readonly string[]): void => {
    observer.note(`${process.id} ${what} ${ids.join(' ')}`);
    if (observer.isRecordedDead(process)) {
      observer.violated(`${process.id} ${what} ${ids.join(' ')} although its death is recorded`);
    }
  };
  const idsOf = (documents: readonly { readonly _id: string }[]): string[] => documents.map(({ _id }) => _id);
  return overridden(journal, {
    insertAttempts: (attempts) => {
      leaves('claims', idsOf(attempts));
      return journal.insertAttempts(attempts);
    },
    insertSnapshots: (snapshots) => {
      leaves('decides', idsOf(snapshots));
      return journal.insertSnapshots(snapshots);
    },
    settleAttempt: (id, settlement) => {
      if (settlement.fate === 'released') observer.note(`${process.id} settles ${id} released`);
      else leaves(`settles ${settlement.fate}`, [id]);
      return journal.settleAttempt(id, settlement);
    },
  });
}

function overridden(journal: Journal, overrides: Partial<Journal>): Journal {
  return new Proxy(journal, {
    get: (target, name) => {
      const member: unknown = Reflect.get(overrides, name) ?? Reflect.get(target, name, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}
