import type { NotificationPin, NotificationStand } from '../journal.ts';
import type { Commands } from './commands.ts';
import { changeKept } from './kept-notifications.ts';

export const pinNotifications = (
  commands: Commands,
  pins: readonly NotificationPin[],
): Promise<readonly (NotificationStand | null)[]> =>
  changeKept(
    commands,
    'pin-notifications',
    pins.map(({ id, workflowId: usedBy, step }) => ({ id, set: { state: 'kept', usedBy, step } })),
  );
