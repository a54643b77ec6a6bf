// R3: the broker's data directory is deleted under load, while the fleet runs on. Every workflow that the journal knows ends: its message is
// found lost and sent again, and nothing is decided or performed twice.
import { afterAll, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { ownServers } from '../support/servers.ts';
import { Fleet } from './support/fleet.ts';
import { seeded } from './support/seeded.ts';

const { seed, again } = seeded('broker-wiped', 3);
const servers = ownServers();
let fleet: Fleet | undefined;
afterAll(async () => await fleet?.close(), 30_000);

it(`gets every workflow to its end after the broker lost everything (${again})`, async () => {
  const urls = await servers.up();
  fleet = await Fleet.open({ urls, namespace: 'chaos', workersPerAction: 1, stewards: 2, seed });
  const { load, journal, intakes } = fleet;

  await load.produce(2_000, 800);
  // What the intake has not taken yet is in no journal: nobody but its load could know of it.
  const started = async () => (await fleet?.audit())?.totals.started;
  await eventually(async () => (await started()) === load.acknowledged.length, 60_000);
  const left = await journal.findHeads({ status: 'running' }, 10_000);
  expect(left.length).toBeGreaterThan(100);
  await servers.loseData('rabbitmq');
  await servers.start('rabbitmq');
  await fleet.drained(180_000);

  const report = await fleet.verify();
  expect(report.totals).toMatchObject({ parked: 0, succeeded: load.acknowledged.length });
  expect(intakes.flatMap(({ deaths }) => deaths)).toEqual([]);
}, 400_000);
