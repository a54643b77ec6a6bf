import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { removeFound } from './remove-found.ts';

/** No index: of a month's deaths there are not many. */
export const removeDeaths = (commands: Commands, recordedBefore: Date, limit: number): Promise<number> =>
  removeFound(commands, 'remove-deaths', COLLECTIONS.workers, {
    filter: { state: 'dead', diedAt: { $lt: recordedBefore } },
    still: { state: 'dead' },
    limit,
  });
