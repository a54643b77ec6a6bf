import type { CancelAnswer } from '../../core/cancellation.ts';
import type { IntentAsRead, IntentStand } from '../journal.ts';
import { changeEach } from './change-each.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { INTENT_STAND } from './intent-stand.ts';

export const closeIntents = (
  commands: Commands,
  answers: readonly (IntentAsRead & { readonly answer: CancelAnswer; readonly closedAt: Date })[],
): Promise<readonly (IntentStand | null)[]> =>
  changeEach<IntentStand>(
    commands,
    'close-intents',
    COLLECTIONS.intents,
    answers.map(({ id, atAsRead: at, answer, closedAt }) => ({
      id,
      where: { state: 'open', at },
      set: { state: 'closed', at, answer, closedAt },
    })),
    INTENT_STAND,
  );
