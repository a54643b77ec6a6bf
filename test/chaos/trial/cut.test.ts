// R5: the network between any program and any server breaks, in every way that a network can, and heals. Soon after it the program consumes
// again; nothing goes unhandled, and nothing is lost.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.ts';
import { ownServers } from '../../support/servers.ts';
import { type Direction, TcpProxy } from '../../support/tcp-proxy.ts';
import { Fleet, type Role } from '../support/fleet.ts';
import type { Member } from '../support/member.ts';
import { seeded } from '../support/seeded.ts';

const CUTS = 6;
const CUT_MS = 10_000;
/** From the healing. */
const CONSUMING_MS = 5_000;
/** One passes all stations in a moment; on a machine that runs all of this, and whose stations have arrears then. */
const THROUGH_MS = 60_000;
const STARTS_PER_SECOND = 15;

const ROLES: readonly Role[] = ['intake', 'steward', 'worker'];
const SERVERS = ['rabbitmq', 'mongodb'] as const;
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

const { seed, again } = seeded('cut', 5, 'chaos:trial');
const servers = ownServers();
const proxies: TcpProxy[] = [];
let fleet: Fleet | undefined;
afterAll(async () => {
  await fleet?.close();
  await Promise.all(proxies.map((proxy) => proxy.close()));
}, 30_000);

/** Straight to the one address, past the member's own name, which would lead around a proxy. */
const direct = (url: string): string => `${url.replace(/\?.*$/, '')}?directConnection=true`;

async function consumes(member: Member): Promise<boolean> {
  return member.isReady && (await member.page('/readyz'))?.status === 200;
}

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

  const producing = load.produce((STARTS_PER_SECOND * CUTS * CUT_MS) / 1_000, STARTS_PER_SECOND);
  const faults = Object.entries(FAULTS);
  for (let cut = 0; cut < CUTS; cut++) {
    // Each program and server in turn; how it is cut, by the seed.
    const role = ROLES[cut % ROLES.length] ?? 'worker';
    const server = SERVERS[Math.floor(cut / ROLES.length) % SERVERS.length] ?? 'rabbitmq';
    const [name, strike] = faults[random.below(faults.length)] ?? [];
    const direction = DIRECTIONS[random.below(DIRECTIONS.length)] ?? 'both';
    const what = `the network between ${role} and ${server} ${name} (${direction})`;
    strike?.(proxy(role, server), direction);
    await sleep(CUT_MS);
    proxy(role, server).resume();
    const healedAt = performance.now();
    const isBack = async () => (await Promise.all(members[role].map(consumes))).every(Boolean);
    await eventually(
      isBack,
      30_000,
      () => `${what}: ${members[role].map(({ log }) => log.slice(-2).join(' | ')).join('\n')}`,
    );
    const backMs = performance.now() - healedAt;
    const fresh = await load.start({ plain: true });
    const isThrough = async () => (await fleet?.journal.readHead(fresh))?.status === 'succeeded';
    await eventually(
      isThrough,
      THROUGH_MS,
      () => `${what}: a parcel through that was started after it, ready after ${backMs} ms`,
    ).catch(async (error: unknown) => {
      // Where it stands says which program does not work.
      throw new Error(`${String(error)}\n${JSON.stringify(await fleet?.journal.readHistory(fresh))}`);
    });
    const throughMs = performance.now() - healedAt;
    process.stderr.write(
      `R5: ${what}: ready ${Math.round(backMs)} ms, a parcel through ${Math.round(throughMs)} ms after it healed\n`,
    );
    expect({ what, isSoon: backMs <= CONSUMING_MS }).toEqual({ what, isSoon: true });
  }
  await producing;
  await fleet.drained(90_000);

  const report = await fleet.verify();
  expect(report.totals).toMatchObject({ parked: 0, failed: 0 });
  // A worker that the database did not hear of for too long gives itself up; nothing else ends a process, and nothing goes unhandled.
  expect(fleet.deaths(/: exit code 1 worker: liveness-lost: /)).toEqual([]);
}, 700_000);
