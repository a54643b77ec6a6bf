// Work stands behind a station that nobody serves, for longer than any message is ever quiet. It is not lost, and the steward, who cannot see
// into a queue, does not take it for lost: nothing is sent again, neither while it stands nor when a worker comes and takes it slowly.
// LONG_QUEUE says how many.
import { beforeAll, expect, it, jest } from '@jest/globals';
import { queueName } from '../../shared/contract/topology.ts';
import { counterOn } from '../support/counters.ts';
import { eventually } from '../support/eventually.ts';
import { LineProcesses } from '../support/line-processes.ts';
import { RealLine } from '../support/real-line.ts';
import { namespace } from '../support/servers.ts';

const PARCELS = Number(process.env['LONG_QUEUE'] ?? 10_000);
const PER_BATCH = 1_000;
/** Each is sent after the steward has looked at everything that stands, and half a minute after the one before. */
const PROBES = 3;
/** Milliseconds, for each parcel at most: it is started, looked at by the steward a few times, performed in two steps. */
const EACH_MS = 20;

jest.setTimeout(240_000 + 2 * PARCELS * EACH_MS);

const line = new LineProcesses(namespace());
const real = new RealLine(line.namespace);
const intake = line.intake();
const steward = line.steward();
const first = line.worker(['pack', 'send']);
const later = line.worker(['pack', 'send']);
const work = queueName.work(line.namespace, 'pack');

beforeAll(async () => {
  await line.prepare();
  await Promise.all([intake, steward, first].map((process) => process.start()));
  // From now on the station is one that has been hosted, and has been left.
  expect(await first.stop()).toEqual({ code: 0, signal: null });
});

const standing = async (): Promise<number> => (await real.channel.checkQueue(work)).messageCount;

const counted = async (counter: string, of: typeof steward): Promise<number> =>
  counterOn((await of.status('/metrics')).body, counter);

it(`sends nothing again of ${PARCELS} messages that stand behind a station without workers, and are taken later`, async () => {
  for (let from = 0; from < PARCELS; from += PER_BATCH) {
    const batch = Array.from({ length: PER_BATCH }, (_, index) => `long-${from + index}`);
    await Promise.all(batch.map((key) => real.start(key, { weight: 1 })));
  }
  let depth = 0;
  const stands = (least: number) => async (): Promise<boolean> => {
    depth = await standing();
    return depth >= least;
  };
  const told = (): string => `${depth} messages stand`;
  await eventually(stands(PARCELS), 60_000 + PARCELS * EACH_MS, told);
  await eventually(stands(PARCELS + PROBES), 120_000 + PARCELS * EACH_MS, told);
  expect(depth).toBeLessThan(PARCELS + 2 * PROBES);
  expect(await counted('conveyor_redriven_total', steward)).toBe(0);

  await later.start();
  let ended = 0;
  const isDone = async (): Promise<boolean> => {
    ended = await counted('conveyor_workflows_ended_total', later);
    return ended === PARCELS;
  };
  await eventually(isDone, 60_000 + PARCELS * EACH_MS, () => `${ended} have ended`);
  expect(await counted('conveyor_redriven_total', steward)).toBe(0);
  expect(await counted('conveyor_duplicate_deliveries_total', later)).toBe(0);
  for (const process of [later, intake, steward]) expect(await process.stop()).toEqual({ code: 0, signal: null });
});
