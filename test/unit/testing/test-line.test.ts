// Goal: what the harness promises to the tests of others. Each fault verb causes the fault that it names, and virtual time is exact.
import { afterEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { completed, defineAction, defineWorkflow, failed } from '../../../shared/index.ts';
import { expectTimeline, type TestLine, type TestLineOptions, testLine } from '../../../shared/testing/index.ts';

const input = z.object({ price: z.int() });
const called: string[] = [];
const weigh = defineAction({
  name: 'weigh',
  input,
  changes: z.object({ grams: z.int() }),
  retry: { maxAttempts: 3, backoff: '1h', maxBackoff: '1h' },
  async run({ input: { price }, attempt, businessKey }) {
    called.push(`weigh ${businessKey} ${attempt}`);
    return completed({ grams: price * 2 });
  },
});
const pay = defineAction({
  name: 'pay',
  input: z.object({ grams: z.int() }),
  changes: z.object({}),
  failures: ['refused'],
  async run({ input: { grams }, attempt, businessKey }) {
    called.push(`pay ${businessKey} ${attempt}`);
    return grams > 1_000 ? failed('refused', 'too heavy') : completed({});
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

const DELIVERED = ['1 weigh completed → weighed', '2 pay completed → paid'];

let line: TestLine;
afterEach(async () => {
  called.length = 0;
  await line.close();
});
const open = async (options: Partial<TestLineOptions> = {}): Promise<TestLine> => {
  line = await testLine({ actions: [weigh, pay], workflows: [parcel], ...options });
  return line;
};

describe('a test line', () => {
  it('brings a workflow to its end without any time', async () => {
    const { now } = await open();
    const one = await line.start(parcel, { price: 7 }, { key: 'a' });
    await expectTimeline(one).toEqual(DELIVERED);
    expect(await one.status()).toBe('succeeded');
    expect(await one.state()).toBe('paid');
    expect(await one.data()).toEqual({ price: 7, grams: 14 });
    expect(line.now).toEqual(now);
  });

  it('shows a declared failure and where it led', async () => {
    await open();
    const one = await line.start('parcel', { price: 700 });
    await expectTimeline(one).toEqual(['1 weigh completed → weighed', '2 pay failed: refused → returned']);
    await expectTimeline(one).toPassThrough('weighed', 'returned');
    await expectTimeline(one).toStandAt({ status: 'failed', state: 'returned' });
  });

  it('repeats a failed attempt when its time has come, and no sooner', async () => {
    await open();
    line.failOnce('weigh', 'no scale');
    const one = await line.start(parcel, { price: 7 });
    await expectTimeline(one).toEqual(['1 weigh retried: action-threw']);
    expect(await one.state()).toBe('brought');
    await line.advance('1h');
    await expectTimeline(one).toEqual(['1 weigh retried: action-threw', ...DELIVERED]);
  });

  it('gives what a killed worker held to another one, when its heartbeat has run out', async () => {
    await open();
    line.killWorker('weigh', { at: 'performed' });
    const one = await line.start(parcel, { price: 7 }, { key: 'a' });
    await expectTimeline(one).toEqual(['1 weigh open']);
    await line.advance('10s');
    await expectTimeline(one).toEqual(['1 weigh lost', ...DELIVERED]);
    expect(called).toEqual(['weigh a 1', 'weigh a 2', 'pay a 1']);
  });

  it('leaves a station without a worker when the test wants it', async () => {
    await open();
    line.killWorker('pay', { restart: false });
    const one = await line.start(parcel, { price: 7 });
    await line.advance('1d');
    await expectTimeline(one).toEqual(['1 weigh completed → weighed']);
    await line.startWorker('pay');
    await expectTimeline(one).toEqual(DELIVERED);
  });

  it.each(['deliverTwice', 'loseConfirm'] as const)('performs nothing twice after %s', async (verb) => {
    await open();
    line[verb]('pay');
    const one = await line.start(parcel, { price: 7 }, { key: 'a' });
    await expectTimeline(one).toEqual(DELIVERED);
    await line.advance('1m');
    expect(called).toEqual(['weigh a 1', 'pay a 1']);
  });

  it('says what was refused', async () => {
    await open();
    const one = await line.start(parcel, { price: 'much' });
    await expect(one.status()).rejects.toThrow('price');
    expect(await line.setAside()).toMatchObject([{ messageId: one.id, queue: 'intake' }]);
  });

  it('prints the timeline with a statement that does not hold', async () => {
    await open();
    const one = await line.start(parcel, { price: 7 }, { key: 'a' });
    const wrong = expectTimeline(one).toPassThrough('returned');
    await expect(wrong).rejects.toMatchObject({ name: 'AssertionError', expected: ['returned'] });
    await expect(wrong).rejects.toThrow(/parcel a passes through[\s\S]*succeeded \(paid\) after/);
  });

  it('lets thirty days without events pass in no time', async () => {
    await open();
    const before = line.now.getTime();
    const one = await line.start(parcel, { price: 7 });
    await line.advance('30d');
    expect(line.now.getTime() - before).toBe(30 * 86_400_000);
    await expectTimeline(one).toEqual(DELIVERED);
    const other = await line.start(parcel, { price: 8 });
    await expectTimeline(other).toEqual(DELIVERED);
  });

  it('names the actions that there are', async () => {
    await open();
    expect(() => line.failOnce('ship')).toThrow('the line has no action ship; it has weigh, pay');
  });
});

describe('the end of a test line', () => {
  it('tells of faults that found no occasion', async () => {
    const unused = await open();
    unused.failOnce('pay');
    await expect(unused.close()).rejects.toThrow('these faults found no occasion: fail pay');
    await open();
  });
});
