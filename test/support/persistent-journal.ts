import { Unavailable } from '../../shared/core/errors.ts';
import type { Journal } from '../../shared/journal/journal.ts';
import type { WorkflowHistory } from '../../shared/journal/records.ts';

/**
 * A journal whose calls are repeated until their outcome is known, as the engine does. Without end: the test's own limit
 * ends it.
 */
export function persistentJournal(inner: Journal): Journal {
  return new Proxy(inner, {
    get: (target, name) => {
      if (name === 'scanHistories') return () => scanPersistently(target);
      const method: unknown = Reflect.get(target, name, target);
      if (typeof method !== 'function') return method;
      return (...given: unknown[]): Promise<unknown> => persist(() => Reflect.apply(method, target, given));
    },
  });
}

async function persist<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
    }
  }
}

/** What was scanned already is passed over: the order is that of the ids. */
async function* scanPersistently(journal: Journal): AsyncGenerator<WorkflowHistory> {
  let last = '';
  for (;;) {
    try {
      for await (const history of journal.scanHistories()) {
        if (history.head._id <= last) continue;
        last = history.head._id;
        yield history;
      }
      return;
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
    }
  }
}
