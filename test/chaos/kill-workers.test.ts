// R1: a random worker is killed every second under load. Nothing is lost, each step is decided once, and what a killed worker held goes on
// within the liveness timeout and a second, and the time that its message stands in the queue, wherever the station was left another worker.
// Four kills of five leave it one.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from '@jest/globals';
import { namespace, testServers } from '../support/servers.ts';
import { Fleet } from './support/fleet.ts';
import type { Member } from './support/member.ts';
import { recoveries, stationOf } from './support/recovery.ts';
import { seeded } from './support/seeded.ts';

const SECONDS = 40;
const STARTS_PER_SECOND = 15;
/** The liveness timeout, and a second. */
const RECOVERY_MS = 6_000;
/** For what a machine that starts a process every second holds up beside the queue: heartbeats, and whoever judges them. */
const BUSY_MS = 3_000;
const { seed, again } = seeded('kill-workers', 1);
const name = namespace();
let fleet: Fleet | undefined;
afterAll(async () => await fleet?.close(), 30_000);

it(`goes on when a random worker is killed every second (${again})`, async () => {
  fleet = await Fleet.open({ urls: testServers(), namespace: name, workersPerAction: 2, seed });
  const { load, workers, random } = fleet;
  const producing = load.produce(SECONDS * STARTS_PER_SECOND, STARTS_PER_SECOND);
  let kills = 0;
  for (let second = 0; second < SECONDS; second++) {
    await sleep(1_000);
    const ready = workers.filter(({ isReady }) => isReady);
    const isLeftAnother = (worker: Member): boolean =>
      ready.some((other) => other !== worker && stationOf(other) === stationOf(worker));
    const alive = second % 5 === 4 ? ready : ready.filter(isLeftAnother);
    const victim = alive[random.below(alive.length)];
    if (victim?.kill()) kills += 1;
  }
  await producing;
  await fleet.drained(60_000);
  const replaced = (await fleet.stewards[0]?.page('/metrics'))?.body.match(/^conveyor_tickets_replaced_total{.*/gm);

  const report = await fleet.verify();
  // Processes start all the time, each of which compiles its code: a busy machine may have nobody to kill for a while.
  expect(kills).toBeGreaterThan(SECONDS / 4);
  expect(report.lostAttempts).toBeGreaterThan(0);
  expect(report.totals).toMatchObject({ parked: 0, failed: 0 });
  expect(report.totals.cancelled).toBeGreaterThan(0);

  const all = await recoveries(fleet.journal, workers);
  const staffed = all.filter(({ isStaffed }) => isStaffed);
  // What is left of it when the queue is taken away.
  const own = staffed.map(({ tookMs, queueMs }) => tookMs - 2 * queueMs);
  process.stderr.write(
    `R1: ${kills} kills, ${report.lostAttempts} attempts lost; recovery ${spread(all.map(({ tookMs }) => tookMs))}; ` +
      `where the station was left a worker ${spread(staffed.map(({ tookMs }) => tookMs))}, queue ` +
      `${spread(staffed.map(({ queueMs }) => queueMs))}, without it ${spread(own)}; ` +
      `tickets replaced: ${replaced?.join(', ') ?? 'none'}\n`,
  );
  expect(staffed.length).toBeGreaterThan(0);
  expect(Math.max(...own)).toBeLessThanOrEqual(RECOVERY_MS + BUSY_MS);
}, 240_000);

/** Median and longest, milliseconds, of how many. */
function spread(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  return `${sorted[Math.floor(sorted.length / 2)]}/${sorted.at(-1)} ms (${sorted.length})`;
}
