import { describe, expect, it } from '@jest/globals';
import type { Advance, Decision } from '../../../shared/core/transition.ts';
import { followSnapshot, handOnNext } from '../../../shared/runtime/follow-decided.ts';
import { followThrough } from '../../../shared/runtime/follow-through.ts';
import { onCall } from '../../support/on-call.ts';
import { StationBench, WORKFLOW_ID } from '../../support/station-bench.ts';
import { parcelWorkflow } from '../../support/test-actions.ts';

const advance: Advance = {
  kind: 'advance',
  changes: { pack: 'done' },
  state: 'packed',
  data: { pack: 'done' },
  next: { action: 'send' },
};
const ended: Advance = { ...advance, state: 'sent', next: { end: 'succeeded' } };
const retry: Decision = { kind: 'schedule-retry', code: 'action-asked', reason: 'busy', delayMs: 2_000, failures: 2 };
const milestones = parcelWorkflow({ announce: 'milestones' });

const headOf = async (bench: StationBench) => {
  const head = await bench.journal.readHead(WORKFLOW_ID);
  if (!head) throw new Error('no head');
  return head;
};

/** What is counted of steps: by whoever records a decision, since what follows from it may be done again. */
const counted = async (bench: StationBench): Promise<string[]> =>
  (await bench.metrics.render()).split('\n').filter((line) => !line.includes('conveyor_batch_size'));

describe('following a decided step through', () => {
  it('hands on to the next action, at the first attempt of the next step, with nothing failed', async () => {
    const bench = await StationBench.open();
    await followThrough(bench.context, bench.visit({ attempt: 3, failures: 2, startedAt: 5 }), advance);
    expect(bench.sent).toEqual([
      {
        ...bench.visit().envelope,
        step: 2,
        attempt: 1,
        failures: 0,
        action: 'send',
        state: 'packed',
        data: { pack: 'done' },
        startedAt: 5,
        sentAt: bench.clock.now(),
        delayed: false,
      },
    ]);
  });

  it('announces the step first, or the successor’s event could overtake it', async () => {
    const bench = await StationBench.open();
    await followThrough(bench.context, bench.visit(), { ...advance, failure: { code: 'refused', message: 'no' } });
    expect(bench.happened).toEqual(['event parcel.advanced', 'pause announced', 'sent 2/1']);
    expect(bench.events).toEqual([
      { name: 'advanced', workflow: 'parcel', version: 1, step: 1, action: 'pack', state: 'packed', code: 'refused' },
    ]);
  });

  it('announces an end before its head says so: nobody follows what has ended by its head', async () => {
    const order: string[][] = [];
    const bench: StationBench = await StationBench.open({
      wrapJournal: (journal) =>
        onCall(journal, 'changeHeads', (call) => {
          order.push([...bench.happened]);
          return call();
        }),
    });
    await followThrough(bench.context, bench.visit(), ended);
    expect(order).toEqual([['event parcel.succeeded']]);
  });

  it('does not announce steps where the definition announces milestones, or is not there', async () => {
    for (const definition of [milestones, null]) {
      const bench = await StationBench.open();
      await followThrough(bench.context, bench.visit({}, { definition }), advance);
      await followThrough(bench.context, bench.visit({}, { definition }), retry);
      expect(bench.events).toEqual([]);
      expect(bench.sent).toHaveLength(2);
    }
  });

  it('at an end: sets the head and announces it; there is no successor', async () => {
    const bench = await StationBench.open();
    const startedAt = bench.clock.now();
    await bench.clock.advance(1_500);
    await followThrough(bench.context, bench.visit({ startedAt }, { definition: milestones }), ended);
    expect(await headOf(bench)).toMatchObject({ status: 'succeeded', endedAt: new Date(bench.clock.now()) });
    expect(bench.events).toEqual([
      { name: 'succeeded', workflow: 'parcel', version: 1, step: 1, action: 'pack', state: 'sent' },
    ]);
    expect(bench.sent).toEqual([]);
  });

  it('a failed end tells the failure that led to it', async () => {
    const bench = await StationBench.open();
    const failure = { code: 'refused', message: 'no' };
    await followThrough(bench.context, bench.visit(), {
      ...ended,
      state: 'declined',
      next: { end: 'failed' },
      failure,
    });
    expect(bench.events).toMatchObject([{ name: 'failed', state: 'declined', code: 'refused' }]);
    expect((await headOf(bench)).status).toBe('failed');
  });

  it('from a snapshot that was found does the same, under the attempt that decided', async () => {
    const bench = await StationBench.open();
    const snapshot = await bench.decide(1, { attempt: 5 });
    await followSnapshot(bench.context, bench.visit({ attempt: 2 }), snapshot);
    const [event] = bench.published;
    expect(event?.messageId).toBe(`${WORKFLOW_ID}/1/5/advanced`);
    expect(bench.sent).toMatchObject([{ step: 2, attempt: 1, action: 'send', data: { pack: 'late' } }]);
  });

  it('may be done twice by whoever sees the message: the same again, under the same names', async () => {
    const bench = await StationBench.open();
    const before = await counted(bench);
    for (const decision of [advance, ended, retry]) {
      bench.published.length = 0;
      await followThrough(bench.context, bench.visit(), decision);
      const once = bench.published.map(({ messageId, body }) => [messageId, body]);
      await followThrough(bench.context, bench.visit(), decision);
      expect(bench.published.slice(once.length).map(({ messageId, body }) => [messageId, body])).toEqual(once);
    }
    expect(await counted(bench)).toEqual(before);
  });
});

describe('following an undecided step through', () => {
  it('after a failure: announces it, sends the next attempt by the ladder with the failures counted', async () => {
    const bench = await StationBench.open();
    await followThrough(bench.context, bench.visit({ attempt: 4, failures: 1 }), retry);
    expect(bench.happened).toEqual(['event parcel.retrying', 'sent 1/5']);
    expect(bench.events).toMatchObject([{ state: 'placed', code: 'action-asked', reason: 'busy' }]);
    expect(bench.sent).toMatchObject([{ attempt: 5, failures: 2, action: 'pack', delayed: true }]);
    expect(bench.delayMsOf(0)).toBe(2_000);
  });

  it('a release hands on to the next attempt at once', async () => {
    const bench = await StationBench.open();
    await followThrough(bench.context, bench.visit({ attempt: 4, failures: 1 }), { kind: 'release' });
    expect(bench.sent).toMatchObject([{ attempt: 5, failures: 1, delayed: false }]);
    expect(bench.events).toEqual([]);
  });

  it('without a delay the next attempt goes straight to its station', async () => {
    const bench = await StationBench.open();
    await handOnNext(bench.context, bench.visit(), 1, 0);
    expect(bench.sent).toMatchObject([{ attempt: 2, delayed: false }]);
  });

  it('parks: the head says so with the reason, and the event is out', async () => {
    const bench = await StationBench.open();
    await followThrough(bench.context, bench.visit({}, { definition: milestones }), {
      kind: 'park',
      code: 'outcome-invalid',
      reason: 'a text',
    });
    const at = new Date(bench.clock.now());
    expect(await headOf(bench)).toMatchObject({
      status: 'parked',
      parked: { step: 1, code: 'outcome-invalid', reason: 'a text', at },
    });
    expect(bench.events).toMatchObject([
      { name: 'parked', state: 'placed', code: 'outcome-invalid', reason: 'a text' },
    ]);
    expect(bench.sent).toEqual([]);
  });
});
