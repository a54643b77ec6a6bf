import type { NotificationFilter, NotificationSettlement } from '../journal.ts';
import type { NotificationJournal } from '../port/notifications.ts';
import type { NotificationRecord, WaitRecord } from '../wait-records.ts';
import type { Open } from './open.ts';
import { atMost, byTime, change, insertOrFind } from './records.ts';
import type { InMemoryStore } from './store.ts';

const oldestFirst = byTime<NotificationRecord>(({ receivedAt }) => receivedAt);

function findKeptFor(
  { notifications }: InMemoryStore,
  wait: Pick<WaitRecord, 'workflowId' | 'businessKey' | 'workflow' | 'notification'>,
  limit: number,
): readonly NotificationRecord[] {
  const found = [...notifications.values()].filter(
    ({ state, name, workflowId, businessKey, workflow }) =>
      state === 'kept' &&
      name === wait.notification &&
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

const settleNotification = (
  { notifications }: InMemoryStore,
  id: string,
  settlement: NotificationSettlement,
): NotificationRecord | null =>
  change(
    notifications,
    id,
    ({ state }) => state === 'kept',
    (notification) => ({ ...notification, ...settlement }),
  );

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
  settleNotification: async (id, settlement) => settleNotification(open(), id, settlement),
  removeNotifications: async (receivedBefore, limit) => removeNotifications(open(), receivedBefore, limit),
});
