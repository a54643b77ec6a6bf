// R9: one message that kills its worker, in a prefetch full of innocent ones. Only the poison is parked, by the journal's own count of
// lost attempts; its neighbours, which died with it again and again, all end well.
import { afterAll, expect, it } from '@jest/globals';
import { namespace, testServers } from '../support/servers.ts';
import { Fleet } from './support/fleet.ts';
import { seeded } from './support/seeded.ts';

const { seed, again } = seeded('poison-among-innocents', 9);
const name = namespace();
let fleet: Fleet | undefined;
afterAll(async () => await fleet?.close(), 30_000);

it(`parks the message that kills its worker and no other (${again})`, async () => {
  fleet = await Fleet.open({ urls: testServers(), namespace: name, workersPerAction: 1, seed });
  const { load, journal, workers } = fleet;
  const crowd = load.produce(300, 300, { plain: true });
  await load.start({ poison: true });
  await crowd;
  await fleet.drained(120_000);

  const [poison, ...others] = await journal.findHeads({ status: 'parked' }, 10);
  expect(others).toEqual([]);
  expect(poison).toMatchObject({
    businessKey: expect.stringMatching(/-poison$/),
    parked: { step: 2, code: 'lost-alone' },
  });
  const history = poison && (await journal.readHistory(poison._id));
  const attempts = history?.attempts.filter(({ step }) => step === 2);
  expect(attempts?.map(({ alone, fate }) => ({ alone, fate }))).toEqual([{}, {}, {}, { alone: true, fate: 'parked' }]);
  expect(workers.flatMap(({ deaths }) => deaths).length).toBe(4);

  const report = await fleet.verify();
  expect(report.totals).toMatchObject({ parked: 1, succeeded: load.acknowledged.length - 1 });
}, 240_000);
