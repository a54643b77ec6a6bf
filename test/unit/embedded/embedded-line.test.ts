// Goal: the facade runs the production engine, and what it promises on top of it holds. Real time, in memory.
import { afterEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import {
  completed,
  defineAction,
  defineWorkflow,
  EmbeddedLine,
  failed,
  retry,
  startEmbeddedLine,
  timelineOf,
} from '../../../shared/index.ts';
import { SystemClock } from '../../../shared/runtime/clock.ts';

const input = z.object({ price: z.int() });
let performed: string[] = [];
const weigh = defineAction({
  name: 'weigh',
  input,
  changes: z.object({ grams: z.int() }),
  async run({ input: { price }, businessKey }) {
    performed.push(businessKey);
    return completed({ grams: price * 2 });
  },
});
const pay = defineAction({
  name: 'pay',
  input: z.object({ grams: z.int() }),
  changes: z.object({}),
  failures: ['refused'],
  retry: { maxAttempts: 2, backoff: '1ms' },
  async run({ input: { grams } }) {
    if (grams > 1_000) return failed('refused', 'too heavy');
    return grams < 0 ? retry('the scale shows less than nothing') : completed({});
  },
});
const parcel = defineWorkflow({
  name: 'parcel',
  version: 1,
  input,
  actions: [weigh, pay],
  initial: 'brought',
  states: {
    brought: { choices: [{ action: 'weigh', to: 'weighed' }] },
    weighed: { choices: [{ action: 'pay', to: 'paid', onFailure: { refused: 'returned' } }] },
    paid: { end: 'succeeded' },
    returned: { end: 'failed' },
  },
});

let line: EmbeddedLine | undefined;
afterEach(async () => {
  await line?.stop();
  performed = [];
});
const started = async (): Promise<EmbeddedLine> => {
  line = await startEmbeddedLine({ actions: [weigh, pay], definitions: [parcel] });
  return line;
};
const start = (on: EmbeddedLine, businessKey: string, price: number): Promise<string> =>
  on.publishStart({ workflow: 'parcel', businessKey, data: { price } });

describe('an embedded line', () => {
  it('takes a workflow to its end, and hands out its history', async () => {
    const on = await started();
    const history = await on.ended(await start(on, 'p-1', 20));

    expect(history.snapshots.map(({ action, state, data }) => ({ action, state, data }))).toEqual([
      { action: 'weigh', state: 'weighed', data: { price: 20, grams: 40 } },
      { action: 'pay', state: 'paid', data: { price: 20, grams: 40 } },
    ]);
    expect(history.snapshots.at(-1)?.next).toEqual({ end: 'succeeded' });
  });

  it('tells of failed and of parked workflows, too', async () => {
    const on = await started();
    const [refused, stuck] = [await start(on, 'p-2', 600), await start(on, 'p-3', -1)];

    expect((await on.ended(refused)).snapshots.at(-1)).toMatchObject({
      state: 'returned',
      failure: { code: 'refused' },
    });
    const parked = await on.ended(stuck);
    expect(parked.head).toMatchObject({ status: 'parked', parked: { step: 2, code: 'retries-exhausted' } });
    expect(timelineOf(parked).map(({ result }) => result)).toEqual(['completed', 'failed', 'parked']);
  });

  it('answers also those who ask after the end', async () => {
    const on = await started();
    const id = await start(on, 'p-4', 20);
    await on.ended(id);
    expect((await on.ended(id)).snapshots).toHaveLength(2);
  });

  it('starts one workflow for the same source and id, however often they come', async () => {
    const on = await started();
    const request = { workflow: 'parcel', businessKey: 'p-5', data: { price: 1 }, source: '/post', id: 'same' };
    const ids = await Promise.all([on.publishStart(request), on.publishStart(request), on.publishStart(request)]);
    await on.ended(ids[0] ?? '');

    expect(new Set(ids).size).toBe(1);
    expect(performed).toEqual(['p-5']);
  });

  it('refuses a definition whose input is not there where an action needs it', async () => {
    const shortcut = { ...parcel, states: { ...parcel.states, brought: { choices: [{ action: 'pay', to: 'paid' }] } } };
    await expect(startEmbeddedLine({ actions: [weigh, pay], definitions: [shortcut] })).rejects.toMatchObject({
      code: 'definition-invalid',
    });
  });

  it('rejects those who wait when it stops', async () => {
    const on = await started();
    const waiting = on.ended('0123456789012345678901');
    // Not before its reading of the head is over: only then it waits.
    await on.journal.readHead('0123456789012345678901');
    await on.stop();
    await expect(waiting).rejects.toMatchObject({ code: 'stopped' });
  });

  it('replaces workers that have lost their right to act because the process was paused', async () => {
    const clock = new PausingClock();
    line = new EmbeddedLine({ actions: [weigh, pay], definitions: [parcel], clock });
    await line.start();
    const before = await line.ended(await start(line, 'p-6', 20));
    clock.pause(6_000);
    const after = await line.ended(await start(line, 'p-7', 20));

    const workers = (history: typeof before) => history.snapshots.map(({ worker }) => worker);
    expect(workers(after)).toHaveLength(2);
    for (const worker of workers(after)) expect(workers(before)).not.toContain(worker);
  });
});

/** As if the process had been stopped by SIGSTOP: monotonic time went on, timers did not. */
class PausingClock extends SystemClock {
  #pausedMs = 0;

  pause(ms: number): void {
    this.#pausedMs += ms;
  }

  override monotonic(): number {
    return super.monotonic() + this.#pausedMs;
  }
}
