import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { removeFound } from './remove-found.ts';

export const removeNotifications = (commands: Commands, receivedBefore: Date, limit: number): Promise<number> =>
  removeFound(commands, 'remove-notifications', COLLECTIONS.notifications, {
    filter: { receivedAt: { $lt: receivedBefore } },
    sort: { receivedAt: 1 },
    limit,
  });
