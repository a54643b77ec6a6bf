import type { Inserted, Journal } from '../../shared/journal/journal.ts';
import type { Settlement, Snapshot } from '../../shared/journal/records.ts';
import { onCall } from '../support/on-call.ts';
import type { TestProcess } from '../support/test-process.ts';

type Documents = readonly { readonly _id: string }[];

/** In which order documents came to be: what came first decides. */
export class Landings {
  readonly #order = new Map<string, number>();
  readonly #cancelled = new Map<string, number>();
  readonly #onCancelled: (workflowId: string, step: number) => void;

  /** @param onCancelled told when a cancellation has decided a step */
  constructor(onCancelled: (workflowId: string, step: number) => void) {
    this.#onCancelled = onCancelled;
  }

  /** A journal whose inserts are remembered when they happen. */
  watch(journal: Journal): Journal {
    const remembered = (port: Journal, method: 'insertAttempts' | 'insertSnapshots'): Journal =>
      onCall(port, method, async (call, [documents]) => {
        const results = await call();
        this.#remember(documents as Documents, results as readonly Inserted[]); // what both methods take and give
        if (method === 'insertSnapshots') this.#look(documents as readonly Snapshot[], results as readonly Inserted[]);
        return results;
      });
    return remembered(remembered(journal, 'insertAttempts'), 'insertSnapshots');
  }

  isBefore(first: string, second: string): boolean {
    return (this.#order.get(first) ?? Infinity) < (this.#order.get(second) ?? Infinity);
  }

  /** The step at which a workflow was cancelled; undefined: it was not. */
  cancelledAt(workflowId: string): number | undefined {
    return this.#cancelled.get(workflowId);
  }

  #look(snapshots: readonly Snapshot[], results: readonly Inserted[]): void {
    for (const [index, { kind, workflowId, step }] of snapshots.entries()) {
      if (kind !== 'cancel' || results[index] !== 'inserted') continue;
      this.#cancelled.set(workflowId, step);
      this.#onCancelled(workflowId, step);
    }
  }

  #remember(documents: Documents, results: readonly Inserted[]): void {
    for (const [index, { _id }] of documents.entries()) {
      if (results[index] === 'inserted' && !this.#order.has(_id)) this.#order.set(_id, this.#order.size);
    }
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
  const leaves = (what: string): void => {
    observer.note(`${process.id} ${what}`);
    if (observer.isRecordedDead(process)) observer.violated(`${process.id} ${what} although its death is recorded`);
  };
  const observed = (port: Journal, method: 'insertAttempts' | 'insertSnapshots', verb: string): Journal =>
    onCall(port, method, (call, [documents]) => {
      leaves(`${verb} ${(documents as Documents).map(({ _id }) => _id).join(' ')}`); // what both methods take
      return call();
    });
  const settling = onCall(journal, 'settleAttempt', (call, [id, settlement]) => {
    const { fate } = settlement as Settlement; // what settleAttempt takes
    if (fate === 'released') observer.note(`${process.id} releases ${String(id)}`);
    else leaves(`settles ${String(id)} ${fate}`);
    return call();
  });
  return observed(observed(settling, 'insertAttempts', 'claims'), 'insertSnapshots', 'decides');
}
