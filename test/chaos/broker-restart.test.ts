// R2: the broker is restarted in good order under load, then killed under load, then restarted while the line drains. Start events that were
// acknowledged before are there afterwards, and nothing is decided twice.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from '@jest/globals';
import { ownServers } from '../support/servers.ts';
import { Fleet } from './support/fleet.ts';
import { seeded } from './support/seeded.ts';

const { seed, again } = seeded('broker-restart', 2);
const servers = ownServers();
let fleet: Fleet | undefined;
afterAll(async () => await fleet?.close(), 30_000);

it(`survives restarts and the death of the broker, at load and in the drain (${again})`, async () => {
  const urls = await servers.up();
  fleet = await Fleet.open({ urls, namespace: 'chaos', workersPerAction: 1, seed });
  const { load } = fleet;

  const producing = load.produce(1_500, 60);
  await sleep(5_000);
  await servers.stop('rabbitmq');
  await servers.start('rabbitmq');
  await sleep(5_000);
  await servers.kill9('rabbitmq');
  await servers.start('rabbitmq');
  await producing;
  await servers.stop('rabbitmq');
  await servers.start('rabbitmq');
  await fleet.drained(90_000);

  const report = await fleet.verify();
  expect(report.totals).toMatchObject({ parked: 0, failed: 0 });
  expect(report.totals.cancelled).toBeGreaterThan(0);
  // Processes keep their connections up by themselves: none of them had to be started again.
  expect(fleet.members.flatMap(({ name, deaths }) => deaths.map(({ how }) => `${name}: ${how}`))).toEqual([]);
}, 300_000);
