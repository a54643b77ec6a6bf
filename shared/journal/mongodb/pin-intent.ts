import type { IntentRecord } from '../intent-record.ts';
import { changeOpenIntent, type OpenIntent } from './change-open-intent.ts';
import type { Commands } from './commands.ts';

export const pinIntent = (commands: Commands, intent: OpenIntent, at: number): Promise<IntentRecord | null> =>
  changeOpenIntent(commands, 'pin-intent', intent, { at });
