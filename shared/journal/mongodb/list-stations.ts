import type { StationRecord } from '../records.ts';
import { COLLECTIONS } from './collections.ts';
import type { Commands } from './commands.ts';
import { fromStoredStation, type StoredStation } from './stored-documents.ts';

export async function listStations(commands: Commands): Promise<readonly StationRecord[]> {
  const options = { sort: { _id: 1 } } as const;
  const found = await commands.readAll<StoredStation>('list-stations', COLLECTIONS.stations, {}, options);
  return found.map(fromStoredStation);
}
