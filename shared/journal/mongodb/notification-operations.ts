import type { NotificationJournal } from '../port/notifications.ts';
import { findKeptFor } from './find-kept-for.ts';
import { findNotifications } from './find-notifications.ts';
import { insertNotifications } from './insert-notifications.ts';
import type { Operate } from './operate.ts';
import { pinNotifications } from './pin-notifications.ts';
import { removeNotifications } from './remove-notifications.ts';
import { settleNotifications } from './settle-notifications.ts';

export const notificationOperations = (operate: Operate): NotificationJournal => ({
  insertNotifications: (notifications) => operate(({ commands }) => insertNotifications(commands, notifications)),
  findKeptFor: (wait, limit) => operate(({ commands }) => findKeptFor(commands, wait, limit)),
  findNotifications: (filter, limit) => operate(({ commands }) => findNotifications(commands, filter, limit)),
  pinNotifications: (pins) => operate(({ commands }) => pinNotifications(commands, pins)),
  settleNotifications: (settlements) => operate(({ commands }) => settleNotifications(commands, settlements)),
  removeNotifications: (receivedBefore, limit) =>
    operate(({ commands }) => removeNotifications(commands, receivedBefore, limit)),
});
