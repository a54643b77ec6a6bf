import type { NotificationSettlement, NotificationStand } from '../journal.ts';
import type { Commands } from './commands.ts';
import { changeKept } from './kept-notifications.ts';

export const settleNotifications = (
  commands: Commands,
  settlements: readonly (NotificationSettlement & { readonly id: string })[],
): Promise<readonly (NotificationStand | null)[]> =>
  changeKept(
    commands,
    'settle-notifications',
    settlements.map(({ id, ...set }) => ({ id, set })),
  );
