// R5: the network between any program and any server breaks, in every way that a network can, and heals. Soon after it the program has
// taken something again, by its own count; nothing goes unhandled, and nothing is lost.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from '@jest/globals';
import { counterOn } from '../support/counters.ts';
import { eventually } from '../support/eventually.ts';
import { ownServers } from '../support/servers.ts';
import { type Direction, TcpProxy } from '../support/tcp-proxy.ts';
import { Fleet, type Role } from './support/fleet.ts';
import type { Member } from './support/member.ts';
import { seeded } from './support/seeded.ts';

const CUTS = 6;
const CUT_MS = 10_000;
/** From the healing, of a process that lives. */
const CONSUMING_MS = 5_000;
/** A worker that the database did not hear of for too long has given itself up, and starts anew: on a machine that is busy with all of this. */
const STARTING_MS = 10_000;
/**
 * A parcel that is started then stands behind all that the cut has held back, at each of four stations, on a machine that runs all of this.
 * That says nothing of the network any more, only that the line goes on.
 */
const THROUGH_MS = 60_000;
const STARTS_PER_SECOND = 10;
/** The load goes on beyond the healing. */
const LOAD_MS = CUT_MS + CONSUMING_MS;

const ROLES: readonly Role[] = ['intake', 'steward', 'worker'];
const SERVERS = ['rabbitmq', 'mongodb'] as const;
/** What each of them counts when it has taken something. */
const COUNTERS: Readonly<Record<Role, string>> = {
  intake: 'conveyor_starts_total',
  steward: 'conveyor_notifications_total',
  worker: 'conveyor_action_duration_seconds_count',
};
const DIRECTIONS: readonly Direction[] = ['sent', 'received', 'both'];
const FAULTS: Readonly<Record<string, (proxy: TcpProxy, direction: Direction) => void>> = {
  'resets, and refuses': (proxy) => {
    proxy.refuse();
    proxy.reset();
  },
  'is a black hole': (proxy, direction) => proxy.blackHole(direction),
  'is half-open': (proxy) => proxy.halfOpen(),
  'is slow': (proxy, direction) => proxy.slow({ direction, delayMs: 200 }),
  'lets 1 KiB/s through': (proxy, direction) => proxy.slow({ direction, bytesPerSecond: 1_024 }),
};

const { seed, again } = seeded('cut', 5);
const servers = ownServers();
const proxies: TcpProxy[] = [];
let fleet: Fleet | undefined;
afterAll(async () => {
  await fleet?.close();
  await Promise.all(proxies.map((proxy) => proxy.close()));
}, 30_000);

/** Straight to the one address, past the member's own name, which would lead around a proxy. */
const direct = (url: string): string => `${url.replace(/\?.*$/, '')}?directConnection=true`;

/** How much a process has taken since it started; undefined while it is not ready, by what it says itself. */
async function taken(member: Member, role: Role): Promise<number | undefined> {
  const [readiness, metrics] = await Promise.all([member.page('/readyz'), member.page('/metrics')]);
  if (!member.isReady || readiness?.status !== 200 || !metrics) return undefined;
  return counterOn(metrics.body, COUNTERS[role]);
}

const deathsOf = (members: readonly Member[]): number => members.reduce((sum, { deaths }) => sum + deaths.length, 0);

it(`consumes again soon after any cut has healed (${again})`, async () => {
  const urls = await servers.up();
  const between = new Map<string, TcpProxy>();
  for (const role of ROLES) {
    between.set(`${role}/rabbitmq`, await TcpProxy.to(urls.amqpUrl));
    between.set(`${role}/mongodb`, await TcpProxy.to(urls.mongodbUrl));
  }
  proxies.push(...between.values());
  const proxy = (role: Role, server: (typeof SERVERS)[number]): TcpProxy => {
    const found = between.get(`${role}/${server}`);
    if (!found) throw new Error(`there is no proxy between ${role} and ${server}`);
    return found;
  };
  const addresses = (role: Role) => ({
    amqpUrl: proxy(role, 'rabbitmq').through(urls.amqpUrl),
    mongodbUrl: direct(proxy(role, 'mongodb').through(urls.mongodbUrl)),
  });
  fleet = await Fleet.open({ urls, namespace: 'chaos', workersPerAction: 1, seed, addresses });
  const { load, random, intakes, stewards, workers } = fleet;
  const members: Readonly<Record<Role, readonly Member[]>> = { intake: intakes, steward: stewards, worker: workers };

  const faults = Object.entries(FAULTS);
  for (let cut = 0; cut < CUTS; cut++) {
    // Each program and server in turn; how it is cut, by the seed.
    const role = ROLES[cut % ROLES.length] ?? 'worker';
    const server = SERVERS[Math.floor(cut / ROLES.length) % SERVERS.length] ?? 'rabbitmq';
    const [name, strike] = faults[random.below(faults.length)] ?? [];
    const direction = DIRECTIONS[random.below(DIRECTIONS.length)] ?? 'both';
    const what = `the network between ${role} and ${server} ${name} (${direction})`;
    const deathsBefore = deathsOf(members[role]);
    const producing = load.produce((STARTS_PER_SECOND * LOAD_MS) / 1_000, STARTS_PER_SECOND);
    strike?.(proxy(role, server), direction);
    await sleep(CUT_MS);
    const before = await Promise.all(members[role].map((member) => taken(member, role)));
    const healedAt = performance.now();
    proxy(role, server).resume();
    // Of each: whatever it has taken from then on. A process that has begun anew counts anew.
    const hasTaken = async (member: Member, index: number): Promise<boolean> => {
      const count = await taken(member, role);
      return count !== undefined && count > 0 && count !== before[index];
    };
    const isBack = async () => (await Promise.all(members[role].map(hasTaken))).every(Boolean);
    await eventually(
      isBack,
      30_000,
      () => `${what}: ${members[role].map(({ log }) => log.slice(-2).join(' | ')).join('\n')}`,
    );
    const backMs = performance.now() - healedAt;
    const restarts = deathsOf(members[role]) - deathsBefore;
    const fresh = await load.start({ plain: true });
    const isThrough = async () => (await fleet?.journal.readHead(fresh))?.status === 'succeeded';
    await eventually(
      isThrough,
      THROUGH_MS,
      () => `${what}: a parcel through that was started after it, ${backMs} ms after it healed`,
    ).catch(async (error: unknown) => {
      // Where it stands says which program does not work.
      throw new Error(`${String(error)}\n${JSON.stringify(await fleet?.journal.readHistory(fresh))}`);
    });
    const throughMs = performance.now() - healedAt;
    process.stderr.write(
      `R5: ${what}: consumes ${Math.round(backMs)} ms, a parcel through ${Math.round(throughMs)} ms after it healed; ${restarts} restarts\n`,
    );
    const limitMs = CONSUMING_MS + (restarts > 0 ? STARTING_MS : 0);
    expect({ what, isSoon: backMs <= limitMs }).toEqual({ what, isSoon: true });
    await producing;
  }
  await fleet.drained(90_000);

  const report = await fleet.verify();
  expect(report.totals).toMatchObject({ parked: 0, failed: 0 });
  // A worker that the database did not hear of for too long gives itself up; nothing else ends a process, and nothing goes unhandled.
  expect(fleet.deaths(/: exit code 1 worker: liveness-lost: /)).toEqual([]);
}, 700_000);
