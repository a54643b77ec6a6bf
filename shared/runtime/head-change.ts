import type { HeadChange } from '../journal/journal.ts';
import type { Acting } from './acting.ts';
import { untilKnown } from './right-to-act.ts';

/** Says in a workflow's head what the journal has already. @throws Unavailable, Fatal as `untilKnown` does */
export const changeHead = ({ line, right }: Acting, change: HeadChange): Promise<void> =>
  untilKnown(() => line.writes.changeHead(change), right);
