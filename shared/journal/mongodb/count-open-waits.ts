import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';

/** From the index alone: a million take about half a second. */
export async function countOpenWaits(commands: Commands): Promise<number> {
  const pipeline = [{ $match: { open: true } }, { $count: 'count' }];
  const command = { aggregate: COLLECTIONS.waits, pipeline, cursor: {}, hint: 'due' };
  const [found] = await commands.read<{ readonly count: number }>('count-open-waits', command);
  return found?.count ?? 0;
}
