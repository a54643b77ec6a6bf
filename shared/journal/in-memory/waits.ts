import type { WaitFilter, WaitKey, WaitPlace } from '../journal.ts';
import type { WaitJournal } from '../port/waits.ts';
import type { WaitRecord } from '../wait-records.ts';
import { copy } from './copy.ts';
import type { Open } from './open.ts';
import { atMost, change, insertOrFind } from './records.ts';
import type { InMemoryStore } from './store.ts';

function insertWait({ waits }: InMemoryStore, wait: WaitRecord): WaitRecord {
  const found = waits.get(wait._id);
  if (found && found.attempt < wait.attempt) waits.delete(wait._id);
  return insertOrFind(waits, wait);
}

const advanceWait = (
  { waits }: InMemoryStore,
  { _id, attempt, ticket, due }: WaitKey & { readonly ticket: number; readonly due: Date },
): WaitRecord | null =>
  change(
    waits,
    _id,
    (wait) => wait.open && wait.attempt === attempt && wait.ticket === ticket,
    (wait) => ({ ...wait, ticket: ticket + 1, due, published: false, polls: wait.polls + 1 }),
  );

function markTicket({ waits }: InMemoryStore, { _id, attempt, ticket }: WaitKey & { readonly ticket: number }): void {
  const counts = (wait: WaitRecord): boolean => wait.attempt === attempt && wait.ticket === ticket;
  change(waits, _id, counts, (wait) => ({ ...wait, published: true }));
}

function closeWait({ waits }: InMemoryStore, { _id, attempt }: WaitKey): void {
  const isThis = (wait: WaitRecord): boolean => wait.attempt === attempt;
  change(waits, _id, isThis, (wait) => ({ ...wait, open: false }));
}

function findOverdueWaits(
  { waits }: InMemoryStore,
  before: Date,
  limit: number,
  after?: WaitPlace,
): readonly WaitRecord[] {
  const overdue = [...waits.values()].flatMap((wait) => {
    const { _id, due, open } = wait;
    return open && due && due < before && (!after || isBehind({ _id, due }, after))
      ? [{ wait, place: { _id, due } }]
      : [];
  });
  overdue.sort((a, b) => (isBehind(a.place, b.place) ? 1 : -1));
  return atMost(
    overdue.map(({ wait }) => wait),
    limit,
  );
}

const isBehind = (one: WaitPlace, other: WaitPlace): boolean =>
  one.due.getTime() === other.due.getTime() ? one._id > other._id : one.due > other.due;

function findOpenWaits({ waits }: InMemoryStore, filter: WaitFilter, limit: number): readonly WaitRecord[] {
  const found = [...waits.values()].filter((wait) => wait.open && fits(wait, filter));
  return atMost(found, limit);
}

function fits(wait: WaitRecord, filter: WaitFilter): boolean {
  if ('workflowId' in filter) return wait.workflowId === filter.workflowId;
  const { businessKey, workflow, notification } = wait;
  return (
    notification !== undefined &&
    businessKey === filter.businessKey &&
    (filter.workflow ?? workflow) === workflow &&
    (filter.notification ?? notification) === notification
  );
}

const readWait = ({ waits }: InMemoryStore, id: string): WaitRecord | null => copy(waits.get(id) ?? null);

const countOpenWaits = ({ waits }: InMemoryStore): number => [...waits.values()].filter(({ open }) => open).length;

/** Each of these acts within its call. */
export const waitJournal = (open: Open): WaitJournal => ({
  insertWaits: async (waits) => waits.map(on(open(), insertWait)),
  readWaits: async (ids) => ids.map(on(open(), readWait)),
  advanceWaits: async (polled) => polled.map(on(open(), advanceWait)),
  markTickets: async (tickets) => tickets.forEach(on(open(), markTicket)),
  closeWaits: async (waits) => waits.forEach(on(open(), closeWait)),
  findOverdueWaits: async (before, limit, after) => findOverdueWaits(open(), before, limit, after),
  findOpenWaits: async (filters, limit) => {
    const store = open();
    return filters.map((filter) => findOpenWaits(store, filter, limit));
  },
  countOpenWaits: async () => countOpenWaits(open()),
});

const on =
  <Item, Result>(store: InMemoryStore, operate: (store: InMemoryStore, item: Item) => Result) =>
  (item: Item): Result =>
    operate(store, item);
