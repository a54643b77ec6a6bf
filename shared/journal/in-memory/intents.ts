import type { CancelAnswer } from '../../core/cancellation.ts';
import type { IntentRecord } from '../intent-record.ts';
import type { IntentJournal } from '../port/intents.ts';
import { copy } from './copy.ts';
import type { Open } from './open.ts';
import { atMost, byTime, change, insertOrFind } from './records.ts';
import type { InMemoryStore } from './store.ts';

const oldestFirst = byTime<IntentRecord>(({ requestedAt }) => requestedAt);

const isOpenAt =
  (at: number) =>
  (intent: IntentRecord): boolean =>
    intent.state === 'open' && intent.at === at;

const pinIntent = ({ intents }: InMemoryStore, id: string, atAsRead: number, at: number): IntentRecord | null =>
  change(intents, id, isOpenAt(atAsRead), (intent) => ({ ...intent, at }));

const closeIntent = (
  { intents }: InMemoryStore,
  id: string,
  atAsRead: number,
  { answer, closedAt }: { readonly answer: CancelAnswer; readonly closedAt: Date },
): IntentRecord | null =>
  change(intents, id, isOpenAt(atAsRead), (intent) => ({ ...intent, state: 'closed', answer, closedAt }));

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
  insertIntent: async (intent) => insertOrFind(open().intents, intent),
  readIntent: async (id) => copy(open().intents.get(id) ?? null),
  pinIntent: async (id, atAsRead, at) => pinIntent(open(), id, atAsRead, at),
  closeIntent: async (id, atAsRead, answer, closedAt) => closeIntent(open(), id, atAsRead, { answer, closedAt }),
  openIntents: async (limit) => openIntents(open(), limit),
  findIntents: async (workflowIds, limit) => findIntents(open(), workflowIds, limit),
});
