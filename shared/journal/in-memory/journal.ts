import { Fatal } from '../../core/errors.ts';
import type { Journal } from '../journal.ts';
import { headJournal } from './heads.ts';
import { intentJournal } from './intents.ts';
import { notificationJournal } from './notifications.ts';
import type { Open } from './open.ts';
import { registryJournal } from './registry.ts';
import { stepJournal } from './steps.ts';
import type { InMemoryStore } from './store.ts';
import { waitJournal } from './waits.ts';
import { workerJournal } from './workers.ts';

/**
 * One connection to an in-memory store. What goes in and what comes out is copied, so that nobody can change the store but by a
 * method. A method acts within its call; its promise settles after it.
 */
export function inMemoryJournal(store: InMemoryStore): Journal {
  const connection = { isOpen: true };
  const open: Open = () => {
    if (!connection.isOpen) throw new Fatal('stopped', { what: 'The journal' });
    return store;
  };
  return {
    ...headJournal(open),
    ...stepJournal(open),
    ...waitJournal(open),
    ...notificationJournal(open),
    ...intentJournal(open),
    ...workerJournal(open),
    ...registryJournal(open),
    ping: async () => void open(),
    close: async () => {
      connection.isOpen = false;
    },
  };
}
