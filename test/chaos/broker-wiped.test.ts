// R3: the broker's data directory is deleted under load, while the fleet runs on. Every workflow that the journal knows ends: its message is
// found lost and sent again, and nothing is decided or performed twice.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from '@jest/globals';
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
  // Asked now and then, since each question reads every workflow that there is.
  while ((await fleet.audit()).totals.started < load.acknowledged.length) await sleep(1_000);
  const left = await journal.findHeads({ status: 'running' }, 10_000);
  expect(left.length).toBeGreaterThan(100);
  await servers.loseData('rabbitmq');
  await servers.start('rabbitmq');
  await fleet.drained(180_000);

  const report = await fleet.verify();
  expect(report.totals).toMatchObject({ parked: 0, succeeded: load.acknowledged.length });
  expect(intakes.flatMap(({ deaths }) => deaths)).toEqual([]);
}, 400_000);
