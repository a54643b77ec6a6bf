// R6: a worker stands still for longer than its liveness timeout, and goes on. Others have taken its steps over by then: it decides nothing
// any more under its old identity, and ends.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { namespace, testServers } from '../support/servers.ts';
import { Fleet } from './support/fleet.ts';
import { pidOf } from './support/recovery.ts';
import { seeded } from './support/seeded.ts';

const PAUSES = 5;
/** Longer than LIVENESS_TIMEOUT, and long enough that somebody has found out. */
const PAUSE_MS = 7_000;
const STARTS_PER_SECOND = 20;
const { seed, again } = seeded('pause-worker', 6);
const name = namespace();
let fleet: Fleet | undefined;
afterAll(async () => await fleet?.close(), 30_000);

it(`lets no worker decide anything after it stood still for too long (${again})`, async () => {
  fleet = await Fleet.open({ urls: testServers(), namespace: name, workersPerAction: 2, seed });
  const { load, workers, random, journal } = fleet;
  const producing = load.produce((STARTS_PER_SECOND * PAUSES * PAUSE_MS) / 1_000, STARTS_PER_SECOND, { workMs: 300 });
  /** By process: when it went on. */
  const wokenAt = new Map<number, number>();
  await sleep(1_000);
  for (let pause = 0; pause < PAUSES; pause++) {
    const alive = workers.filter(({ isReady }) => isReady);
    const worker = alive[random.below(alive.length)];
    if (!worker) throw new Error('no worker is ready');
    const before = worker.deaths.length;
    worker.pause();
    await sleep(PAUSE_MS);
    const at = Date.now();
    worker.resume();
    await eventually(() => worker.deaths.length > before, 5_000);
    const death = worker.deaths[before];
    expect(death).toMatchObject({ how: 'exit code 1', words: expect.stringMatching(/^worker: liveness-lost: /) });
    if (death) wokenAt.set(death.pid, at);
  }
  await producing;
  await fleet.drained(60_000);

  const late: string[] = [];
  for await (const { attempts, snapshots } of journal.scanHistories()) {
    const isLate = (one: { readonly worker: string }, at: Date | undefined): boolean => {
      const woken = wokenAt.get(pidOf(one));
      return woken !== undefined && at !== undefined && at.getTime() >= woken;
    };
    late.push(...snapshots.filter((one) => isLate(one, one.at)).map(({ _id }) => `snapshot ${_id}`));
    for (const attempt of attempts) {
      const { _id, at, settledAt, fate } = attempt;
      if (isLate(attempt, at)) late.push(`attempt ${_id}`);
      // To give back what it held is safe at any time: the first fate stands, and it decides nothing.
      if (isLate(attempt, settledAt) && fate !== 'released' && fate !== 'void') late.push(`${fate} of ${_id}`);
    }
  }
  expect(late).toEqual([]);
  const report = await fleet.verify();
  expect(wokenAt.size).toBe(PAUSES);
  expect(report.lostAttempts).toBeGreaterThan(0);
  expect(report.totals).toMatchObject({ parked: 0, failed: 0 });
  expect(fleet.deaths(/: exit code 1 worker: liveness-lost: /)).toEqual([]);
}, 240_000);
