import type { IntentRecord } from '../intent-record.ts';
import type { IntentAsRead, IntentStand } from '../journal.ts';
import type { IntentJournal } from '../port/intents.ts';
import { copy } from './copy.ts';
import type { Open } from './open.ts';
import { atMost, byTime, change, insertOrFind } from './records.ts';
import type { InMemoryStore } from './store.ts';

const oldestFirst = byTime<IntentRecord>(({ requestedAt }) => requestedAt);

function changeOpen(
  { intents }: InMemoryStore,
  { id, atAsRead, ...fields }: IntentAsRead & Partial<IntentRecord>,
): IntentStand | null {
  const isAsRead = ({ state, at }: IntentRecord): boolean => state === 'open' && at === atAsRead;
  const stands = change(intents, id, isAsRead, (intent) => ({ ...intent, ...fields }));
  if (!stands) return null;
  const { state, at, answer, closedAt } = stands;
  return { state, at, ...(answer && { answer }), ...(closedAt && { closedAt }) };
}

function openIntents({ intents }: InMemoryStore, limit: number): readonly IntentRecord[] {
  const open = [...intents.values()].filter(({ state }) => state === 'open');
  return atMost(open.sort(oldestFirst), limit);
}

function findIntents(
  { intents }: InMemoryStore,
  workflowIds: readonly string[],
  limit: number,
): readonly IntentRecord[] {
  const found = [...intents.values()].filter(({ workflowId }) => workflowIds.includes(workflowId));
  return atMost(found.sort(oldestFirst).reverse(), limit);
}

export const intentJournal = (open: Open): IntentJournal => ({
  insertIntents: async (intents) => {
    const store = open();
    return intents.map((intent) => insertOrFind(store.intents, intent));
  },
  readIntent: async (id) => copy(open().intents.get(id) ?? null),
  pinIntents: async (pins) => {
    const store = open();
    return pins.map((pin) => changeOpen(store, pin));
  },
  closeIntents: async (answers) => {
    const store = open();
    return answers.map((answer) => changeOpen(store, { ...answer, state: 'closed' }));
  },
  openIntents: async (limit) => openIntents(open(), limit),
  findIntents: async (workflowIds, limit) => findIntents(open(), workflowIds, limit),
});
