// R4 on a single node: MongoDB is killed and started again, then stands still for 15 seconds. No acknowledged write is lost, and nothing is
// parked: what the database's absence costs spends no retry budget.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from '@jest/globals';
import { ownServers } from '../support/servers.ts';
import { Fleet } from './support/fleet.ts';
import { seeded } from './support/seeded.ts';

const PAUSE_MS = 15_000;
const { seed, again } = seeded('mongo-outage', 4);
const servers = ownServers();
let fleet: Fleet | undefined;
afterAll(async () => await fleet?.close(), 30_000);

it(`survives the death and a long standstill of the database (${again})`, async () => {
  const urls = await servers.up();
  fleet = await Fleet.open({ urls, namespace: 'chaos', workersPerAction: 1, seed });
  const { load, journal } = fleet;

  const producing = load.produce(1_800, 50);
  await sleep(5_000);
  await servers.kill9('mongodb');
  await servers.start('mongodb');
  await sleep(5_000);
  await servers.pause('mongodb');
  await sleep(PAUSE_MS);
  await servers.resume('mongodb');
  await producing;
  await fleet.drained(90_000);

  const report = await fleet.verify();
  expect(report.totals).toMatchObject({ parked: 0, failed: 0 });
  expect(report.totals.cancelled).toBeGreaterThan(0);
  // A parcel of each fifty asks for one retry; the outage adds none.
  for await (const { attempts } of journal.scanHistories()) {
    for (const { fate, code } of attempts) if (fate === 'failed') expect(code).toBe('action-asked');
  }
  // A worker that cannot renew its heartbeat for longer than the liveness timeout gives itself up; a container platform starts it again.
  const fenced = fleet.workers.filter(({ deaths }) => deaths.some(({ how }) => how === 'exit code 1'));
  expect(fenced.map(({ name }) => name)).toEqual(fleet.workers.map(({ name }) => name));
}, 300_000);
