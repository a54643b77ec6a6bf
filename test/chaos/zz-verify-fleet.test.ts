import { expect, it } from '@jest/globals';
import { namespace, testServers } from '../support/servers.ts';
import { Fleet } from './support/fleet.ts';

const name = namespace();
it('throws and leaves nothing', async () => {
  const urls = testServers();
  const began = performance.now();
  await expect(
    Fleet.open({
      urls,
      namespace: name,
      workersPerAction: 1,
      seed: 1,
      addresses: () => ({ ...urls, mongodbUrl: 'no url' }),
    }),
  ).rejects.toThrow(/not within/);
  process.stdout.write(`threw after ${performance.now() - began}\n`);
}, 120_000);
