import type { ActionContract } from '../../core/action.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { toStoredStation } from './stored-documents.ts';
import { refuseErrors } from './write-errors.ts';

const OPERATION = 'write-station';

export async function writeStation(
  commands: Commands,
  contract: ActionContract,
  at: Date,
  from: 'worker' | 'definition',
): Promise<void> {
  const hosted = from === 'worker' ? { hostedAt: at } : {};
  const { _id, ...station } = toStoredStation({ _id: contract.name, contract, updatedAt: at, ...hosted });
  const update = { q: { _id }, u: { $set: station }, upsert: true };
  refuseErrors(OPERATION, await commands.write(OPERATION, { update: COLLECTIONS.stations, updates: [update] }));
}
