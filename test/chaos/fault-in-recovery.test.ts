// R8: the broker loses its data, two stewards send again what was in it, and just then one of them is killed, then the broker, then
// MongoDB: each while they are at it. Whoever is left, or comes back, does the rest; nothing is decided or performed twice, and copies do not pile up.
import { afterAll, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { ownServers } from '../support/servers.ts';
import { Fleet } from './support/fleet.ts';
import { Copies, redrivenAt, redrivenBy } from './support/redriving.ts';
import { seeded } from './support/seeded.ts';

const NAMESPACE = 'chaos';
const STARTS = 1_500;
/** Detection takes half a minute and more; and a steward that is killed has begun anew. */
const BEGIN_MS = 120_000;
/** Stewards send 50 messages at once: of so many each does not know whether they had arrived when the broker died. */
const UNKNOWN = 100;

const { seed, again } = seeded('fault-in-recovery', 8);
const servers = ownServers();
let fleet: Fleet | undefined;
afterAll(async () => await fleet?.close(), 30_000);

it(`sends lost messages again although it is killed over it (${again})`, async () => {
  const urls = await servers.up();
  fleet = await Fleet.open({ urls, namespace: NAMESPACE, workersPerAction: 1, stewards: 2, seed });
  const { load, broker, stewards } = fleet;
  await load.produce(STARTS, 500, { workMs: 150 });
  await eventually(async () => (await fleet?.audit())?.totals.started === load.acknowledged.length, 60_000);
  await servers.loseData('rabbitmq');
  await servers.start('rabbitmq');
  await fleet.declare();
  const copies = await Copies.watch(broker, NAMESPACE);

  /** Resolves to who sends again, as soon as one has sent more than before. */
  const atWork = async (before: readonly number[]): Promise<number> => {
    let now: readonly number[] = [];
    const busy = () => now.findIndex((count, index) => count > (before[index] ?? 0));
    const look = async () => {
      now = await redrivenBy(stewards);
      return busy() >= 0;
    };
    await eventually(look, BEGIN_MS, () => `a steward at work, beyond ${before.join(' and ')}`);
    return busy();
  };
  const strikes: string[] = [];
  const strike = async (what: string, act: (busy: number) => Promise<void> | void, before: readonly number[] = []) => {
    const busy = await atWork(before);
    strikes.push(`${what} (${(await redrivenBy(stewards)).join(' and ')} sent again)`);
    await act(busy);
  };
  await strike('a steward', (busy) => void stewards[busy]?.kill());
  // Its successor counts from nothing; the other may have been at work, too.
  const atDeath = await redrivenBy(stewards);
  await strike(
    'the broker',
    async () => {
      await servers.kill9('rabbitmq');
      await servers.start('rabbitmq');
    },
    atDeath,
  );
  await strike(
    'the database',
    async () => {
      await servers.kill9('mongodb');
      await servers.start('mongodb');
    },
    await redrivenBy(stewards),
  );
  process.stderr.write(`R8: killed ${strikes.join(', ')}\n`);

  let moving: readonly string[] = [];
  const rests = async () => {
    moving = (await fleet?.unended(['running', 'cancelling', 'compensating'])) ?? [];
    return moving.length === 0;
  };
  await eventually(rests, 180_000, () => `at rest: ${moving.join(', ')}`);
  // Each once: what the living have counted is not more than what the journal says was sent again; the count of one of them died with it.
  const sentAgain = await redrivenAt(fleet.journal, 2 * STARTS);
  const counted = (await redrivenBy(stewards)).reduce((sum, one) => sum + one, 0);
  const several = copies.several(load);
  process.stderr.write(
    `R8: ${sentAgain.length} sent again, ${counted} by the stewards that live; of ${copies.messages} messages, ${several.length} in more than one copy\n`,
  );
  expect(counted).toBeLessThanOrEqual(sentAgain.length);
  expect(several.filter(({ copies: count }) => count > 2)).toEqual([]);
  expect(several.length).toBeLessThanOrEqual(UNKNOWN);
  await copies.end();
  // Notifications and requests that lay in the broker when its data went: whoever sent them sends them again.
  await load.repeat();
  await fleet.drained(60_000);

  const report = await fleet.verify();
  expect(report.totals).toMatchObject({ parked: 0, failed: 0 });
  expect(fleet.deaths(/^steward-\d: SIGKILL$|: exit code 1 worker: liveness-lost: /)).toEqual([]);
}, 600_000);
