// R15: every process is replaced in turn under load, as a deploy does it: SIGTERM, and another one in its place. Each ends with exit code 0
// within its grace period, and nothing that it held costs an attempt.
import { afterAll, expect, it } from '@jest/globals';
import { takeoversOf } from '../../shared/runtime/audit/attempts.ts';
import { namespace, testServers } from '../support/servers.ts';
import { Fleet } from './support/fleet.ts';
import { pidOf } from './support/recovery.ts';
import { seeded } from './support/seeded.ts';

/** SHUTDOWN_GRACE, unless it is set. */
const GRACE_MS = 25_000;
const STARTS_PER_SECOND = 25;
const SECONDS = 30;
const { seed, again } = seeded('rolling-deploy', 15);
const name = namespace();
let fleet: Fleet | undefined;
afterAll(async () => await fleet?.close(), 30_000);

it(`replaces every process under load, and loses no attempt (${again})`, async () => {
  fleet = await Fleet.open({ urls: testServers(), namespace: name, workersPerAction: 2, seed });
  const { load, members, journal } = fleet;
  // Long enough that each process has something in hands when its end comes.
  const producing = load.produce(STARTS_PER_SECOND * SECONDS, STARTS_PER_SECOND, { workMs: 200 });
  const ends: { name: string; how: string; isInTime: boolean }[] = [];
  for (const member of members) {
    const askedAt = Date.now();
    const { how, at } = await member.replace();
    process.stderr.write(`R15: ${member.name} ended ${at - askedAt} ms, replaced ${Date.now() - askedAt} ms\n`);
    ends.push({ name: member.name, how, isInTime: at - askedAt < GRACE_MS });
  }
  await producing;
  await fleet.drained(60_000);

  expect(ends).toEqual(members.map(({ name: of }) => ({ name: of, how: 'exit code 0', isInTime: true })));
  // Before all else: a process that ended otherwise explains what was lost.
  expect(fleet.deaths(/: exit code 0$/)).toEqual([]);
  const report = await fleet.verify();
  expect(report.totals).toMatchObject({ parked: 0, failed: 0 });
  expect(report.totals.cancelled).toBeGreaterThan(0);
  for await (const history of journal.scanHistories()) {
    const lost = takeoversOf(history).map(({ attempt }) => ({ attempt, log: fleet?.logOf(pidOf(attempt)), history }));
    expect(lost).toEqual([]);
    // What spends the budget is what the downstream or the action asked for.
    for (const { fate, code } of history.attempts) if (fate === 'failed') expect(code).toBe('action-asked');
  }
}, 240_000);
