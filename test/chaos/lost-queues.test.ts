// The queues of a running line are deleted, with everything in them: two stewards find what is lost from the journal, and nothing else.
import { beforeAll, expect, it, jest } from '@jest/globals';
import { counterOn } from '../support/counters.ts';
import { eventually } from '../support/eventually.ts';
import { LineProcesses } from '../support/line-processes.ts';
import { RealLine } from '../support/real-line.ts';
import { namespace } from '../support/servers.ts';

jest.setTimeout(240_000);

const PARCELS = 400;
/** Work that must be left when the queues go. */
const LEAST_LOST = 50;

const line = new LineProcesses(namespace());
const real = new RealLine(line.namespace);
const intake = line.intake();
const worker = line.worker(['pack', 'send']);
const stewards = [line.steward(), line.steward()];

beforeAll(async () => {
  await line.prepare();
  await Promise.all([intake, worker, ...stewards].map((process) => process.start()));
});

type StatusOf = Pick<typeof worker, 'status'>;

const withStatus = async (status: 'running' | 'succeeded'): Promise<number> =>
  (await real.journal.findHeads({ status }, PARCELS + 1)).length;

/** What these processes have counted together. */
async function counted(counter: string, processes: readonly StatusOf[]): Promise<number> {
  const pages = await Promise.all(processes.map((process) => process.status('/metrics')));
  return pages.reduce((sum, { body }) => sum + counterOn(body, counter), 0);
}

it('every workflow ends after the work queues were deleted under load: what was in them is sent again, each once', async () => {
  const ids = await Promise.all(
    Array.from({ length: PARCELS }, (_, index) => real.start(`parcel-${index}`, { weight: 1, packMs: 400 })),
  );
  await eventually(async () => (await withStatus('running')) + (await withStatus('succeeded')) === PARCELS, 30_000);
  let lost = 0;
  for (const queue of ['work.pack', 'work.send', 'wait.pack']) {
    const { messageCount } = await real.channel.deleteQueue(`${line.namespace}.${queue}`);
    lost += messageCount;
  }
  expect(lost).toBeGreaterThan(LEAST_LOST);
  await eventually(
    async () => (await withStatus('succeeded')) === PARCELS,
    150_000,
    () => `lost ${lost}`,
  );
  for (const id of ids) {
    const { attempts = [] } = (await real.history(id)) ?? {};
    expect(attempts.map(({ step, attempt }) => `${step}/${attempt}`)).toEqual(['1/1', '2/1']);
  }
  const heads = await real.journal.findHeads({}, PARCELS + 1);
  const marked = heads.filter(({ redriven }) => redriven !== undefined).length;
  // What was on its way to the worker when its queue went is lost, too, and was not counted.
  expect(marked).toBeGreaterThanOrEqual(lost);
  expect(await counted('conveyor_redriven_total', stewards)).toBe(marked);
  expect(await counted('conveyor_duplicate_deliveries_total', [worker])).toBe(0);
  for (const process of [worker, intake, ...stewards]) expect(await process.stop()).toEqual({ code: 0, signal: null });
});
