import type { IntentAsRead, IntentStand } from '../journal.ts';
import { changeEach } from './change-each.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { INTENT_STAND } from './intent-stand.ts';

export const pinIntents = (
  commands: Commands,
  pins: readonly (IntentAsRead & { readonly at: number })[],
): Promise<readonly (IntentStand | null)[]> =>
  changeEach<IntentStand>(
    commands,
    'pin-intents',
    COLLECTIONS.intents,
    pins.map(({ id, atAsRead, at }) => ({ id, where: { state: 'open', at: atAsRead }, set: { state: 'open', at } })),
    INTENT_STAND,
  );
