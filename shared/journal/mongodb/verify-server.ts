import { Fatal } from '../../core/errors.ts';
import type { Commands } from './commands.ts';

/** @throws Fatal `journal-standalone`: without a replica set there is no majority, and no write outlives its server */
export async function verifyServer(commands: Commands): Promise<void> {
  const hello = await commands.ask('verify-server', { hello: 1 });
  // A router of a sharded cluster says this; its shards are replica sets.
  if (hello['setName'] === undefined && hello['msg'] !== 'isdbgrid') throw new Fatal('journal-standalone');
}
