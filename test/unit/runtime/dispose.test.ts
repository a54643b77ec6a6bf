// What follows from each thing that can be found instead of a free step: journal.md A5 to A10.
import { describe, expect, it } from '@jest/globals';
import type { Envelope } from '../../../shared/contract/envelope.ts';
import type { Fate } from '../../../shared/journal/records.ts';
import { dispose } from '../../../shared/runtime/dispose.ts';
import { inspect } from '../../../shared/runtime/inspection.ts';
import type { Visit } from '../../../shared/runtime/visit.ts';
import { onCall } from '../../support/on-call.ts';
import { LIVENESS_MS, StationBench, WORKFLOW_ID } from '../../support/station-bench.ts';

type Fates = readonly (Fate | 'operator' | undefined)[];

/** Finds out what became of the attempt that a message is about, and acts on it. */
async function act(bench: StationBench, changed: Partial<Envelope> = {}, rest: Partial<Visit> = {}) {
  const visit = bench.visit(changed, rest);
  return dispose(bench.context, visit, await inspect(bench.context, visit.envelope));
}

async function benchWith(fates: Fates, options: Parameters<typeof StationBench.open>[0] = {}) {
  const bench = await StationBench.open(options);
  await bench.attempts(1, fates);
  return bench;
}

const statusOf = async (bench: StationBench) => (await bench.journal.readHead(WORKFLOW_ID))?.status;

describe('A5: the step is decided', () => {
  it('follows it through when the workflow has not moved on', async () => {
    const bench = await benchWith([undefined]);
    await bench.decide(1);
    expect(await act(bench)).toBeUndefined();
    expect(bench.happened.slice(-3)).toEqual(['event parcel.advanced', 'pause announced', 'sent 2/1']);
  });

  it('sends nothing when it has', async () => {
    const bench = await benchWith([undefined]);
    await bench.decide(1);
    await bench.attempts(2, [undefined]);
    await act(bench);
    expect(bench.published).toEqual([]);
  });

  it('but completes the parking of the next step, which has no message of its own', async () => {
    const bench = await benchWith([undefined]);
    await bench.decide(1);
    await bench.attempts(2, ['parked']);
    await act(bench);
    expect(bench.events).toMatchObject([{ name: 'parked', step: 2, action: 'send' }]);
    expect(await statusOf(bench)).toBe('parked');
  });

  it('sets the head where the decision is the end', async () => {
    const bench = await benchWith([undefined]);
    await bench.decide(1, { next: { end: 'succeeded' }, state: 'sent' });
    await act(bench);
    expect(await statusOf(bench)).toBe('succeeded');
    expect(bench.events).toMatchObject([{ name: 'succeeded' }]);
  });
});

describe('A6: the attempt is settled', () => {
  it('sends the next one by its backoff after a failure, with all failures counted', async () => {
    const bench = await benchWith(['failed', 'failed']);
    await act(bench, { attempt: 2, failures: 1 });
    expect(bench.sent).toMatchObject([{ attempt: 3, failures: 2, delayed: true }]);
    expect(bench.delayMsOf(0)).toBeLessThanOrEqual(1_000);
    expect(bench.events).toMatchObject([{ name: 'retrying', code: 'action-threw', reason: 'busy' }]);
  });

  it.each<Fate>(['released', 'void'])('sends the next one at once when no failure is behind it: %s', async (fate) => {
    const bench = await benchWith(['failed', fate]);
    await act(bench, { attempt: 2, failures: 0 });
    expect(bench.sent).toMatchObject([{ attempt: 3, failures: 1, delayed: false }]);
    expect(bench.events).toEqual([]);
  });

  it('goes on as the last one when there are later ones, and sends nothing: copies are converted, never multiplied', async () => {
    const bench = await benchWith(['failed', 'released', undefined]);
    expect(await act(bench, {}, { returns: 3, alone: true })).toMatchObject({
      envelope: { attempt: 3, failures: 1 },
      returns: 3,
      alone: false,
    });
    expect(bench.published).toEqual([]);
  });
});

describe('A8: the attempt is parked', () => {
  it('sets the head and announces it, as of when it was parked', async () => {
    const bench = await benchWith(['parked']);
    const at = new Date(bench.clock.now());
    await bench.clock.advance(60_000);
    await act(bench);
    const parked = { step: 1, code: 'action-threw', reason: 'busy', at };
    expect(await bench.journal.readHead(WORKFLOW_ID)).toMatchObject({ status: 'parked', parked });
    expect(bench.events).toMatchObject([{ name: 'parked' }]);
    expect(bench.sent).toEqual([]);
  });

  it('leaves the head alone when an operator has taken it up, and goes on as the operator’s', async () => {
    const bench = await benchWith(['parked', 'operator']);
    expect(await act(bench)).toMatchObject({ envelope: { attempt: 2, failures: 0 } });
    expect(await statusOf(bench)).toBe('running');
    expect(bench.published).toEqual([]);
  });
});

describe('A9: the holder lives', () => {
  const delayAfter = async (returns: number, ageMs: number): Promise<number> => {
    const bench = await benchWith([undefined]);
    await bench.lives();
    await bench.clock.advance(ageMs);
    await act(bench, {}, { returns });
    expect(bench.sent).toMatchObject([{ attempt: 1, delayed: true }]);
    expect(bench.published[0]?.headers).toEqual({ 'conveyor-returns': returns + 1 });
    return bench.delayMsOf(0);
  };

  it.each([
    [0, 1_000],
    [1, 2_000],
    [4, 16_000],
    [5, 30_000],
    [1_000, 30_000],
  ])('brings the same message back later: after %d returns in %d ms', async (returns, delayMs) => {
    expect(await delayAfter(returns, 0)).toBe(delayMs);
  });

  it('brings it back when the holder can be judged, once a renewal is overdue', async () => {
    expect(await delayAfter(5, 1_400)).toBe(30_000);
    expect(await delayAfter(5, 1_600)).toBe(LIVENESS_MS - 1_600);
    expect(await delayAfter(0, 4_800)).toBe(200);
  });

  it('writes nothing', async () => {
    const bench = await benchWith([undefined]);
    await bench.lives();
    const before = await bench.journal.readHistory(WORKFLOW_ID);
    await act(bench);
    expect(await bench.journal.readHistory(WORKFLOW_ID)).toEqual(before);
  });
});

describe('A10: the attempt is lost', () => {
  const parkedAs = async (bench: StationBench, attempt: number) => {
    const { fate, code } = (await bench.fateOf(1, attempt)) ?? {};
    return { fate, code, status: await statusOf(bench), sent: bench.sent.length };
  };

  it('goes on with the next attempt in this very process; nothing is sent, nothing is settled', async () => {
    const bench = await benchWith(['failed', undefined]);
    const next = await act(bench, { attempt: 2, failures: 0 }, { returns: 7 });
    expect(next).toMatchObject({ envelope: { attempt: 3, failures: 1 }, alone: false, returns: 0 });
    expect(bench.published).toEqual([]);
    expect((await bench.fateOf(1, 2))?.fate).toBeUndefined();
  });

  it('goes on alone from the third loss on', async () => {
    const alone = async (fates: Fates) => (await act(await benchWith(fates), { attempt: fates.length }))?.alone;
    expect(await alone([undefined, undefined])).toBe(false);
    expect(await alone([undefined, 'released', undefined, undefined])).toBe(true);
    expect(await alone([undefined, undefined, 'parked', 'operator', undefined])).toBe(false);
  });

  it('parks what was lost while it was performed alone', async () => {
    const bench = await StationBench.open();
    await bench.attempts(1, [undefined], { alone: true });
    expect(await act(bench)).toBeUndefined();
    expect(await parkedAs(bench, 1)).toEqual({ fate: 'parked', code: 'lost-alone', status: 'parked', sent: 0 });
    expect(bench.events).toMatchObject([{ name: 'parked', code: 'lost-alone' }]);
    // Found parked again, it is followed through again, and not counted.
    await act(bench);
    expect(bench.events).toHaveLength(2);
    expect(await bench.metrics.render()).toContain('conveyor_parked_total{action="pack",code="lost-alone"} 1');
  });

  it('parks what may not be repeated: whether it took effect is unknown', async () => {
    const bench = await benchWith([undefined], { maxAttempts: 1 });
    expect(await act(bench)).toBeUndefined();
    expect(await parkedAs(bench, 1)).toMatchObject({ fate: 'parked', code: 'outcome-unknown', status: 'parked' });
  });

  it('parks where failures have used the budget up; losses do not count as failures', async () => {
    const spent = await benchWith(['failed', 'failed', 'failed', undefined], { maxAttempts: 3 });
    expect(await act(spent, { attempt: 4 })).toBeUndefined();
    expect(await parkedAs(spent, 4)).toMatchObject({ fate: 'parked', code: 'retries-exhausted' });
    // A loss has no reason; the one that is told is that of the last failure.
    expect((await spent.fateOf(1, 4))?.reason).toMatch(/^3 of 3 attempts failed; the last one: busy$/);
    const lost = await benchWith(['failed', 'failed', undefined, undefined], { maxAttempts: 3 });
    expect(await act(lost, { attempt: 4 })).toMatchObject({ envelope: { attempt: 5, failures: 2 } });
  });

  it('follows a late write of the holder that came first, instead of parking', async () => {
    const bench: StationBench = await benchWith([undefined], {
      maxAttempts: 1,
      wrapJournal: (journal) =>
        onCall(journal, 'settleAttempt', async (call) => {
          await bench.journal.settleAttempt(`${WORKFLOW_ID}/00001/00001`, { fate: 'released', at: new Date(0) });
          return call();
        }),
    });
    expect(await act(bench)).toBeUndefined();
    expect(await parkedAs(bench, 1)).toMatchObject({ fate: 'released', status: 'running' });
    expect(bench.sent).toMatchObject([{ attempt: 2, delayed: false }]);
  });

  it('is counted', async () => {
    const bench = await benchWith([undefined]);
    await act(bench);
    const text = await bench.metrics.render();
    expect(text).toContain('conveyor_lost_attempts_total{action="pack"} 1');
    expect(text).toContain('conveyor_duplicate_deliveries_total{action="pack"} 1');
  });
});
