import type { IntentStand } from '../journal.ts';

/** What is read of a request after a change of it. */
export const INTENT_STAND: readonly (keyof IntentStand)[] = ['state', 'at', 'answer', 'closedAt'];
