import type { HeadChange, HeadFilter, HeadPage, HeadScan, Inserted } from '../journal.ts';
import type { HeadJournal } from '../port/heads.ts';
import type { Head, Redriven, WorkflowHistory } from '../records.ts';
import { copy } from './copy.ts';
import { applyChange } from './head-change.ts';
import type { Open } from './open.ts';
import { atMost, byTime, sorted } from './records.ts';
import type { InMemoryStore } from './store.ts';

const headsOf = (store: InMemoryStore): Head[] => [...store.shelves.values()].flatMap(({ head }) => head ?? []);

function insertHead(store: InMemoryStore, head: Head): Inserted {
  const shelf = store.shelf(head._id);
  if (shelf.head) return 'duplicate';
  shelf.head = copy(head);
  return 'inserted';
}

function changeHead(store: InMemoryStore, change: HeadChange): void {
  const shelf = store.shelves.get(change.workflowId);
  if (shelf?.head) shelf.head = copy(applyChange(shelf.head, change));
}

function markRedriven(store: InMemoryStore, workflowId: string, asRead: Redriven | undefined, mark: Redriven): boolean {
  const shelf = store.shelves.get(workflowId);
  if (!shelf?.head || shelf.head.endedAt) return false;
  const { redriven } = shelf.head;
  if (!isSame(redriven, asRead) && !isSame(redriven, mark)) return false;
  shelf.head = { ...shelf.head, redriven: copy(mark) };
  return true;
}

const isSame = (one: Redriven | undefined, other: Redriven | undefined): boolean =>
  one?.at.getTime() === other?.at.getTime() && one?.by === other?.by;

function readHistory(store: InMemoryStore, workflowId: string): WorkflowHistory | null {
  const shelf = store.shelves.get(workflowId);
  if (!shelf?.head) return null;
  return { head: copy(shelf.head), attempts: sorted(shelf.attempts), snapshots: sorted(shelf.snapshots) };
}

function findHeads(store: InMemoryStore, filter: HeadFilter, limit: number): readonly Head[] {
  const found = headsOf(store).filter(
    ({ workflow, status, businessKey }) =>
      (filter.workflow ?? workflow) === workflow &&
      (filter.status ?? status) === status &&
      (filter.businessKey ?? businessKey) === businessKey,
  );
  found.sort((a, b) => b.startedAt.getTime() - a.startedAt.getTime());
  return atMost(found, limit);
}

function scanHeads(store: InMemoryStore, scan: HeadScan, limit: number): HeadPage {
  const { statuses, startedBefore, endedBefore, from } = scan;
  const walked = headsOf(store)
    .filter(({ startedAt }) => startedAt < startedBefore && (!from || startedAt >= from))
    .sort(byTime(({ startedAt }) => startedAt));
  const last = walked[Math.max(1, limit) - 1]?.startedAt;
  const heads = walked.filter(
    ({ status, startedAt, endedAt }) =>
      (!last || startedAt <= last) &&
      statuses.includes(status) &&
      (!endedBefore || (endedAt !== undefined && endedAt < endedBefore)),
  );
  return last ? { heads: copy(heads), next: new Date(last.getTime() + 1) } : { heads: copy(heads) };
}

function findPastDeadline(store: InMemoryStore, now: Date, limit: number): readonly Head[] {
  const due = headsOf(store).flatMap((head) =>
    head.deadline && head.deadline <= now ? [{ head, at: head.deadline }] : [],
  );
  due.sort(byTime(({ at }) => at));
  return atMost(
    due.map(({ head }) => head),
    limit,
  );
}

function removeWorkflow(store: InMemoryStore, workflowId: string): void {
  if (!store.shelves.get(workflowId)?.head?.endedAt) return;
  for (const map of [store.waits, store.notifications, store.intents]) {
    for (const [id, record] of map) if (record.workflowId === workflowId) map.delete(id);
  }
  store.shelves.delete(workflowId);
}

export const headJournal = (open: Open): HeadJournal => ({
  insertHeads: async (heads) => {
    const store = open();
    return heads.map((head) => insertHead(store, head));
  },
  changeHeads: async (changes) => {
    const store = open();
    for (const change of changes) changeHead(store, change);
  },
  markRedriven: async (workflowId, asRead, mark) => markRedriven(open(), workflowId, asRead, mark),
  readHead: async (workflowId) => copy(open().shelves.get(workflowId)?.head ?? null),
  readHeads: async (workflowIds) => {
    const { shelves } = open();
    return workflowIds.map((workflowId) => copy(shelves.get(workflowId)?.head ?? null));
  },
  readHistory: async (workflowId) => readHistory(open(), workflowId),
  findHeads: async (filter, limit) => findHeads(open(), filter, limit),
  findHeadsOf: async (keys, limit) => {
    const store = open();
    return keys.map((key) => findHeads(store, key, limit));
  },
  scanHistories: () => scanHistories(open),
  scanHeads: async (scan, limit) => scanHeads(open(), scan, limit),
  findPastDeadline: async (now, limit) => findPastDeadline(open(), now, limit),
  removeWorkflows: async (workflowIds) => {
    const store = open();
    for (const workflowId of workflowIds) removeWorkflow(store, workflowId);
  },
});

async function* scanHistories(open: Open): AsyncGenerator<WorkflowHistory, void, void> {
  for (const workflowId of [...open().shelves.keys()].sort()) {
    const history = readHistory(open(), workflowId);
    if (history) yield history;
  }
}
