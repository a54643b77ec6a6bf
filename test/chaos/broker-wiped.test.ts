// R3: the broker's data directory is deleted under load, while the fleet runs on. Every workflow that the journal knows goes on: its message
// is found lost and sent again, once, and nothing is decided or performed twice. What the broker had confirmed and nobody had taken yet is
// lost with its data, in every system: start events, notifications and requests for cancellation. The programs that sent them
// publish them again, under the same ids; what had been taken already stays as it is.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { ownServers } from '../support/servers.ts';
import { Fleet } from './support/fleet.ts';
import { Copies, redrivenAt, redrivenBy } from './support/redriving.ts';
import { seeded } from './support/seeded.ts';

const NAMESPACE = 'chaos';
const STARTS = 1_500;
const STARTS_PER_SECOND = 100;
/** While programs still publish; the work has backed up at the stations by then. */
const LOST_AFTER_MS = 10_000;
/**
 * As docs/architecture.md says, from the time that the broker is back: 75 s, and 15 s for what a worker may have taken ahead of a probe, with
 * actions that have 10 s.
 */
const FOUND_MS = 90_000;
/** For all the work that is left then, beside the rest of the load. */
const WORKED_OFF_MS = 60_000;

const { seed, again } = seeded('broker-wiped', 3);
const servers = ownServers();
let fleet: Fleet | undefined;
afterAll(async () => await fleet?.close(), 30_000);

it(`gets every workflow to its end after the broker lost everything (${again})`, async () => {
  const urls = await servers.up();
  fleet = await Fleet.open({ urls, namespace: NAMESPACE, workersPerAction: 1, stewards: 2, seed });
  const { load, journal, broker, stewards } = fleet;

  const producing = load.produce(STARTS, STARTS_PER_SECOND, { workMs: 300 });
  await sleep(LOST_AFTER_MS);
  await servers.loseData('rabbitmq');
  const left = (await journal.findHeads({ status: 'running' }, STARTS)).map(({ _id }) => _id);
  expect(left.length).toBeGreaterThan(100);
  await servers.start('rabbitmq');
  const backAt = Date.now();
  await fleet.declare();
  const copies = await Copies.watch(broker, NAMESPACE);
  await producing;

  let moving: readonly string[] = [];
  const rests = async () => {
    moving = (await fleet?.unended(['running', 'cancelling', 'compensating'])) ?? [];
    return moving.length === 0;
  };
  await eventually(rests, FOUND_MS + WORKED_OFF_MS, () => `at rest: ${moving.join(', ')}`);
  const sentAgain = await redrivenAt(journal, 2 * STARTS);
  const latestMs = Math.max(...sentAgain.map((at) => at.getTime())) - backAt;
  expect(sentAgain.length).toBeGreaterThan(100);
  expect(latestMs).toBeLessThan(FOUND_MS);
  // Each once: by the stewards' own count, and by that of whoever watches the exchange.
  expect((await redrivenBy(stewards)).reduce((sum, one) => sum + one, 0)).toBe(sentAgain.length);
  expect(copies.several(load)).toEqual([]);
  await copies.end();

  const { totals } = await fleet.audit();
  process.stderr.write(
    `R3: ${left.length} on the line when the data went, ${sentAgain.length} sent again, the last ${latestMs} ms after the broker was back; ` +
      `${load.acknowledged.length - totals.started} starts lost with it, ${totals.waiting} still wait\n`,
  );
  // Requests for workflows whose start was lost: they come again with it.
  expect((await fleet.takeSetAside()).filter((code) => code !== 'cancel-unknown')).toEqual([]);
  await load.repeat();
  await fleet.drained(60_000);

  const report = await fleet.verify();
  expect(report.totals).toMatchObject({ parked: 0, failed: 0 });
  expect(report.lostAttempts).toBe(0);
  expect(fleet.deaths()).toEqual([]);
}, 400_000);
