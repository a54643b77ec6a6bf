// The queues of a running line are deleted, with everything in them: the steward finds what is lost from the journal, and nothing else.
import { beforeAll, expect, it, jest } from '@jest/globals';
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
const steward = line.steward();

beforeAll(async () => {
  await line.prepare();
  await Promise.all([intake.start(), worker.start(), steward.start()]);
});

const withStatus = async (status: 'running' | 'succeeded'): Promise<number> =>
  (await real.journal.findHeads({ status }, PARCELS + 1)).length;

async function redriven(): Promise<number> {
  const { body } = await steward.status('/metrics');
  const found = body.matchAll(/^conveyor_redriven_total\{.*\} (\d+)$/gm);
  return [...found].reduce((sum, [, count]) => sum + Number(count), 0);
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
  expect(await redriven()).toBe(lost);
  for (const process of [worker, intake, steward]) expect(await process.stop()).toEqual({ code: 0, signal: null });
});
