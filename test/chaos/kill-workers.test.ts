// R1: a random worker is killed every second under load. Nothing is lost, each step is decided once, and what a killed worker held goes on
// within the liveness timeout
// and a second, wherever the station was left another worker.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from '@jest/globals';
import { namespace, testServers } from '../support/servers.ts';
import { Fleet } from './support/fleet.ts';
import { recoveryTimes } from './support/recovery.ts';
import { seeded } from './support/seeded.ts';

const SECONDS = 40;
const STARTS_PER_SECOND = 40;
/** The liveness timeout, and a second. */
const RECOVERY_MS = 6_000;
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
    const alive = workers.filter(({ isReady }) => isReady);
    const victim = alive[random.below(alive.length)];
    if (victim?.kill()) kills += 1;
  }
  await producing;
  // Processes start all the time, each of which compiles its code: on two busy cores the line has arrears of a minute then.
  await fleet.drained(150_000);

  const report = await fleet.verify();
  expect(kills).toBeGreaterThan(SECONDS / 2);
  expect(report.lostAttempts).toBeGreaterThan(0);
  expect(report.totals).toMatchObject({ parked: 0, failed: 0 });
  expect(report.totals.cancelled).toBeGreaterThan(0);

  const { all, undisturbed } = await recoveryTimes(fleet.journal, workers, RECOVERY_MS);
  const sorted = all.toSorted((a, b) => a - b);
  const [median = 0, p99 = 0] = [0.5, 0.99].map((share) => sorted[Math.floor(sorted.length * share)]);
  process.stderr.write(
    `R1: ${kills} kills, ${report.lostAttempts} attempts lost; recovery median ${median} ms, p99 ${p99} ms; ` +
      `where the station was left a worker ${undisturbed.length === 0 ? 'none' : `${Math.max(...undisturbed)} ms at most`}\n`,
  );
  // Wide margins: processes start all the time, and a station may lose both of its workers, again and again.
  expect(all.length).toBeGreaterThan(0);
  expect(median).toBeLessThanOrEqual(3 * RECOVERY_MS);
  for (const time of undisturbed) expect(time).toBeLessThanOrEqual(2 * RECOVERY_MS);
}, 400_000);
