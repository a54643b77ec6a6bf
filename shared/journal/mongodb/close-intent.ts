import type { CancelAnswer } from '../../core/cancellation.ts';
import type { IntentRecord } from '../intent-record.ts';
import { changeOpenIntent, type OpenIntent } from './change-open-intent.ts';
import type { Commands } from './commands.ts';

export const closeIntent = (
  commands: Commands,
  intent: OpenIntent,
  answer: CancelAnswer,
  closedAt: Date,
): Promise<IntentRecord | null> =>
  changeOpenIntent(commands, 'close-intent', intent, { state: 'closed', answer, closedAt });
