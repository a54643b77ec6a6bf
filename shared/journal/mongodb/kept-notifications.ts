import type { Document } from 'mongodb';
import type { NotificationStand } from '../journal.ts';
import { type Change, changeEach } from './change-each.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';

const STAND: readonly (keyof NotificationStand)[] = ['state', 'step', 'usedBy', 'reason'];

/** Whether a kept notification may become that of this step: it is pinned to it, or to none. Without a step: to none. */
export const isFreeFor = ({ usedBy, step }: Pick<NotificationStand, 'usedBy' | 'step'>): Document =>
  usedBy === undefined
    ? { usedBy: { $exists: false } }
    : { $or: [{ usedBy: { $exists: false } }, { usedBy, step: step ?? { $exists: false } }] };

/** Changes those that are kept and free for the step that the change is about. */
export const changeKept = (
  commands: Commands,
  operation: string,
  changes: readonly Omit<Change<NotificationStand>, 'where'>[],
): Promise<readonly (NotificationStand | null)[]> =>
  changeEach<NotificationStand>(
    commands,
    operation,
    COLLECTIONS.notifications,
    changes.map(({ id, set }) => ({ id, where: { state: 'kept', ...isFreeFor(set) }, set })),
    STAND,
  );
