// Goal: what waits, on a test line: notifications, polls, cancellations, lost messages, and actions that take their time.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { completed, defineAction, defineWorkflow, pending, waiting } from '../../../shared/index.ts';
import { ActionCalls } from '../../../shared/testing/action-calls.ts';
import { InMemoryPremises } from '../../../shared/testing/in-memory-premises.ts';
import { expectTimeline, type TestLineOptions, testLine } from '../../../shared/testing/index.ts';
import { TestLine } from '../../../shared/testing/test-line.ts';

const DAY_MS = 86_400_000;
const input = z.object({});
let polledAt: number[] = [];
let line: TestLine;
afterEach(async () => {
  polledAt = [];
  await line.close();
});

const askBank = defineAction({
  name: 'ask-bank',
  input,
  changes: z.object({ balance: z.int() }),
  failures: ['silent'],
  notifications: { balance: z.object({ balance: z.int() }) },
  polling: { backoff: '1h', maxBackoff: '1h' },
  run: async () => waiting({ notification: 'balance', poll: '1h', until: '30d', otherwise: 'silent' }),
  async poll() {
    polledAt.push(line.now.getTime());
    return polledAt.length < 100 ? pending() : completed({ balance: 7 });
  },
  compensate: async () => completed({}),
});
const note = defineAction({
  name: 'note',
  input: z.object({ balance: z.int() }),
  changes: z.object({}),
  run: async () => completed({}),
});
const account = defineWorkflow({
  name: 'account',
  version: 1,
  input,
  actions: [askBank, note],
  initial: 'opened',
  states: {
    opened: { cancel: 'compensate', choices: [{ action: 'ask-bank', to: 'asked', onFailure: { silent: 'unknown' } }] },
    asked: { cancel: { refuse: 'the answer is there' }, choices: [{ action: 'note', to: 'noted' }] },
    noted: { end: 'succeeded' },
    unknown: { end: 'failed' },
  },
});
const options: TestLineOptions = { actions: [askBank, note], workflows: [account] };
const opened = async (more: Partial<TestLineOptions> = {}) => {
  line = await testLine({ ...options, ...more });
  return line.start(account, {}, { key: 'a' });
};

describe('a wait on a test line', () => {
  it('is polled at its own pace, for days', async () => {
    const one = await opened();
    await line.advance('1h');
    expect(polledAt.length).toBe(1);
    await line.advance('29d');
    expect(polledAt.length).toBe(100);
    expect(Math.max(...gaps(polledAt))).toBeLessThanOrEqual(3_600_000 + 200);
    await expectTimeline(one).toEqual(['1 ask-bank completed by poll → asked', '2 note completed → noted']);
  });

  it('is completed by a notification, once, found by the business key', async () => {
    const one = await opened();
    await line.notify('balance', { key: 'a', workflow: 'account' }, { balance: 3 }, { id: 'n' });
    await line.notify('balance', one, { balance: 4 }, { id: 'n' });
    await expectTimeline(one).toEqual(['1 ask-bank completed by notification → asked', '2 note completed → noted']);
    expect(await one.data()).toEqual({ balance: 3 });
  });

  it('goes on although the broker lost its message, and not at once', async () => {
    const one = await opened();
    await line.settle();
    line.loseMessage('note');
    await line.notify('balance', one, { balance: 3 });
    await expectTimeline(one).toEqual(['1 ask-bank completed by notification → asked']);
    await line.advance('5m');
    await expectTimeline(one).toContain(['2 note completed → noted']);
  });

  it('is cancelled, and each request is answered', async () => {
    const one = await opened();
    await line.settle();
    const first = await line.cancel(one);
    await line.advance('5s');
    const second = await line.cancel({ key: 'a', workflow: 'account' });
    await line.advance('5s');
    await expectTimeline(one).toStandAt({ status: 'cancelled', state: 'opened' });
    expect(await first.answer()).toEqual({ kind: 'accepted' });
    expect(await second.answer()).toMatchObject({ kind: 'already-cancelling' });
  });
});

describe('virtual time', () => {
  it('takes the same course each time', async () => {
    const courses: string[] = [];
    for (let run = 0; run < 2; run += 1) {
      polledAt = [];
      const one = await opened();
      line.failOnce('note');
      line.killWorker('note', { at: 'claimed' });
      await line.advance('30d');
      courses.push(JSON.stringify(await one.history()));
      await line.close();
    }
    await opened();
    expect(courses[1]).toBe(courses[0]);
  });

  it('moves from one due instant to the next: the clock is exact', async () => {
    const one = await opened();
    const before = line.now.getTime();
    await line.advance('30d');
    expect(line.now.getTime() - before).toBe(30 * DAY_MS);
    expect(await one.status()).toBe('succeeded');
  });

  it('passes no deadline by', async () => {
    const patient = defineAction({
      name: 'wait',
      input,
      changes: z.object({}),
      notifications: { never: z.object({}) },
      run: async () => waiting({ notification: 'never' }),
      compensate: async () => completed({}),
    });
    const workflow = defineWorkflow({
      name: 'hurried',
      version: 1,
      input,
      actions: [patient],
      deadline: '10d',
      initial: 'begun',
      states: {
        begun: { cancel: 'compensate', choices: [{ action: 'wait', to: 'done' }] },
        done: { end: 'succeeded' },
      },
    });
    line = await testLine({ actions: [patient], workflows: [workflow] });
    const one = await line.start(workflow, {});
    await line.advance('2h');
    const { head } = await one.history();
    await line.advance('20d');
    const { endedAt } = (await one.history()).head;
    expect(await one.status()).toBe('cancelled');
    expect((endedAt?.getTime() ?? 0) - (head.deadline?.getTime() ?? 0)).toBeLessThan(15_000);
  });

  it('stands still for an action that takes real time, and not for ever', async () => {
    const slow = defineAction({
      name: 'note',
      input: z.object({}),
      changes: z.object({}),
      timeout: '10s',
      retry: { maxAttempts: 2, backoff: '1ms' },
      async run({ attempt }) {
        // Really: the first attempt hangs, the second one works for a while.
        await (attempt === 1 ? new Promise(() => {}) : sleep(50));
        return completed({});
      },
    });
    const workflow = defineWorkflow({
      name: 'slow',
      version: 1,
      input,
      actions: [slow],
      initial: 'begun',
      states: { begun: { choices: [{ action: 'note', to: 'done' }] }, done: { end: 'succeeded' } },
    });
    line = await testLine({ actions: [slow], workflows: [workflow], patience: '150ms' });
    const one = await line.start(workflow, {});
    await line.advance('30s');
    await expectTimeline(one).toEqual(['1 note retried: action-timed-out', '1 note completed → done']);
  });
});

describe('the audit at the end', () => {
  it('throws when a guarantee is broken, and names the workflow', async () => {
    const calls = new ActionCalls(1_000);
    const premises = new InMemoryPremises('audit', calls);
    const broken = new TestLine(options, premises, calls);
    await broken.open();
    const one = await broken.start(account, {}, { key: 'broken' });
    await broken.notify('balance', one, { balance: 3 });
    const [first] = (await one.history()).snapshots;
    if (!first) throw new Error('nothing was decided');
    await premises.journal.insertSnapshots([{ ...first, _id: `${one.id}/00004`, step: 4 }]);
    await expect(broken.close()).rejects.toThrow(/the guarantees do not hold:[^]*I2 broken: step 3 has no snapshot/);
    await opened();
  });
});

const gaps = (times: readonly number[]): number[] => times.slice(1).map((time, index) => time - (times[index] ?? 0));
