import type { LivingWorker } from '../records.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';

const FIELDS = {
  host: 1,
  pid: 1,
  actions: 1,
  intents: { $ifNull: ['$intents', []] },
  ageMs: { $max: [0, { $subtract: ['$$NOW', '$renewedAt'] }] },
};

export async function readWorkers(commands: Commands): Promise<readonly LivingWorker[]> {
  const options = { sort: { _id: 1 }, projection: FIELDS } as const;
  return await commands.readAll<LivingWorker>('read-workers', COLLECTIONS.workers, { state: 'alive' }, options);
}
