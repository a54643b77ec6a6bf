import type { Journal } from '../../shared/journal/journal.ts';
import type { TestProcess } from '../support/test-process.ts';

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
  const observed: Partial<Journal> = {
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
  };
  return new Proxy(journal, {
    get: (target, name) => {
      const member: unknown = Reflect.get(observed, name) ?? Reflect.get(target, name, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}
