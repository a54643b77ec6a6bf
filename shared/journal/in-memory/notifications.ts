import type { NotificationFilter, NotificationPin, NotificationSettlement, NotificationStand } from '../journal.ts';
import type { NotificationJournal } from '../port/notifications.ts';
import type { NotificationRecord, WaitRecord } from '../wait-records.ts';
import type { Open } from './open.ts';
import { atMost, byTime, change, insertOrFind } from './records.ts';
import type { InMemoryStore } from './store.ts';

const oldestFirst = byTime<NotificationRecord>(({ receivedAt }) => receivedAt);

function findKeptFor(
  { notifications }: InMemoryStore,
  wait: Pick<WaitRecord, 'workflowId' | 'step' | 'businessKey' | 'workflow' | 'notification'>,
  limit: number,
): readonly NotificationRecord[] {
  const found = [...notifications.values()].filter(
    ({ state, name, workflowId, businessKey, workflow, usedBy, step }) =>
      state === 'kept' &&
      name === wait.notification &&
      (usedBy === undefined || (usedBy === wait.workflowId && step === wait.step)) &&
      (workflowId === wait.workflowId ||
        (workflowId === undefined &&
          businessKey === wait.businessKey &&
          (workflow === undefined || workflow === wait.workflow))),
  );
  return atMost(found.sort(oldestFirst), limit);
}

function findNotifications(
  { notifications }: InMemoryStore,
  filter: NotificationFilter,
  limit: number,
): readonly NotificationRecord[] {
  const found = [...notifications.values()].filter(
    ({ workflowId, businessKey, name, state }) =>
      (filter.workflowId ?? workflowId) === workflowId &&
      (filter.businessKey ?? businessKey) === businessKey &&
      (filter.name ?? name) === name &&
      (filter.state ?? state) === state,
  );
  return atMost(found.sort(oldestFirst).reverse(), limit);
}

/** Where it is kept, and pinned to this step or to none. */
function changeKept(
  { notifications }: InMemoryStore,
  id: string,
  fields: Partial<NotificationStand>,
): NotificationStand | null {
  const applies = ({ state, usedBy, step }: NotificationRecord): boolean =>
    state === 'kept' && (usedBy === undefined || (usedBy === fields.usedBy && step === fields.step));
  const stands = change(notifications, id, applies, (notification) => ({ ...notification, ...fields }));
  if (!stands) return null;
  const { state, step, usedBy, reason } = stands;
  return {
    state,
    ...(step === undefined ? {} : { step }),
    ...(usedBy === undefined ? {} : { usedBy }),
    ...(reason === undefined ? {} : { reason }),
  };
}

const pinNotification = (store: InMemoryStore, { id, workflowId, step }: NotificationPin): NotificationStand | null =>
  changeKept(store, id, { usedBy: workflowId, step });

const settleNotification = (
  store: InMemoryStore,
  { id, ...settlement }: NotificationSettlement & { readonly id: string },
): NotificationStand | null => changeKept(store, id, settlement);

function removeNotifications({ notifications }: InMemoryStore, receivedBefore: Date, limit: number): number {
  const old = [...notifications.values()].filter(({ receivedAt }) => receivedAt < receivedBefore).sort(oldestFirst);
  const removed = old.slice(0, Math.max(0, limit));
  for (const { _id } of removed) notifications.delete(_id);
  return removed.length;
}

export const notificationJournal = (open: Open): NotificationJournal => ({
  insertNotifications: async (notifications) => {
    const store = open();
    return notifications.map((notification) => insertOrFind(store.notifications, notification));
  },
  findKeptFor: async (wait, limit) => findKeptFor(open(), wait, limit),
  findNotifications: async (filter, limit) => findNotifications(open(), filter, limit),
  pinNotifications: async (pins) => {
    const store = open();
    return pins.map((pin) => pinNotification(store, pin));
  },
  settleNotifications: async (settlements) => {
    const store = open();
    return settlements.map((settlement) => settleNotification(store, settlement));
  },
  removeNotifications: async (receivedBefore, limit) => removeNotifications(open(), receivedBefore, limit),
});
