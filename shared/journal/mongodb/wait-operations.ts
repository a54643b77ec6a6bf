import type { WaitJournal } from '../port/waits.ts';
import { advanceWaits } from './advance-waits.ts';
import { closeWaits } from './close-waits.ts';
import { countOpenWaits } from './count-open-waits.ts';
import { findOpenWaits } from './find-open-waits.ts';
import { findOverdueWaits } from './find-overdue-waits.ts';
import { insertWaits } from './insert-waits.ts';
import { markTickets } from './mark-tickets.ts';
import type { Operate } from './operate.ts';
import { readWaits } from './read-waits.ts';

export const waitOperations = (operate: Operate): WaitJournal => ({
  insertWaits: (waits) => operate(({ commands }) => insertWaits(commands, waits)),
  readWaits: (ids) => operate(({ commands }) => readWaits(commands, ids)),
  advanceWaits: (polled) => operate(({ commands }) => advanceWaits(commands, polled)),
  markTickets: (tickets) => operate(({ commands }) => markTickets(commands, tickets)),
  closeWaits: (waits) => operate(({ commands }) => closeWaits(commands, waits)),
  findOverdueWaits: (before, limit, after) =>
    operate(({ commands }) => findOverdueWaits(commands, before, limit, after)),
  findOpenWaits: (filters, limit) => operate(({ commands }) => findOpenWaits(commands, filters, limit)),
  countOpenWaits: () => operate(({ commands }) => countOpenWaits(commands)),
});
