// The branches of claiming, one by one. The interleavings behind them are in test/simulation/table-a*.test.ts.
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { LIMITS } from '../../../shared/core/limits.ts';
import type { Attempt, Fate } from '../../../shared/journal/records.ts';
import { claim, inspect, mustBeAlone } from '../../../shared/runtime/claim.ts';
import { tally } from '../../../shared/runtime/step-view.ts';
import { onCall } from '../../support/on-call.ts';
import { LIVENESS_MS, StationBench, WORKFLOW_ID } from '../../support/station-bench.ts';

const found = (bench: StationBench, attempt = 1) => inspect(bench.context, bench.turn({ attempt }).envelope);

describe('claiming a step', () => {
  it('is inserting its attempt, under this worker’s name; it is held from then on', async () => {
    const bench = await StationBench.open();
    const claimed = await claim(bench.context, bench.turn());
    expect(claimed).toMatchObject({ kind: 'claimed', envelope: { attempt: 1 }, attempt: { worker: 'worker-1' } });
    expect(await bench.fateOf(1, 1)).toEqual({
      _id: `${WORKFLOW_ID}/00001/00001`,
      workflowId: WORKFLOW_ID,
      step: 1,
      attempt: 1,
      kind: 'run',
      action: 'pack',
      worker: 'worker-1',
      token: expect.stringMatching(/^[a-z0-9]{16}$/),
      at: new Date(bench.clock.now()),
    });
    expect([...bench.context.held.keys()]).toEqual([`${WORKFLOW_ID}/00001/00001`]);
    expect(bench.happened).toEqual(['pause claiming', 'pause claimed']);
  });

  it('writes down that the attempt is performed alone', async () => {
    const bench = await StationBench.open();
    await claim(bench.context, bench.turn({ attempt: 4 }, { alone: true }));
    expect(await bench.fateOf(1, 4)).toMatchObject({ alone: true });
  });

  it('reads nothing for a first attempt: the hot path is one insert', async () => {
    const bench = await StationBench.open({
      wrapJournal: (journal) => onCall(journal, 'readSnapshot', () => Promise.reject(new Error('read'))),
    });
    expect((await claim(bench.context, bench.turn())).kind).toBe('claimed');
    await expect(claim(bench.context, bench.turn({ attempt: 2 }))).rejects.toThrow('read');
  });

  it('row 2: a later attempt of a step that is decided is void, and not held', async () => {
    const bench = await StationBench.open();
    await bench.attempts(1, [undefined]);
    const snapshot = await bench.decide(1);
    expect(await claim(bench.context, bench.turn({ attempt: 2 }))).toEqual({ kind: 'decided', snapshot, moved: false });
    expect(await bench.fateOf(1, 2)).toMatchObject({ fate: 'void' });
    expect(bench.context.held.size).toBe(0);
  });

  it('row 4: finds out what became of an attempt that is another’s, and does not hold it', async () => {
    const bench = await StationBench.open();
    await bench.attempts(1, [undefined]);
    await bench.lives();
    expect(await claim(bench.context, bench.turn())).toEqual({ kind: 'held', ageMs: 0 });
    expect(bench.context.held.size).toBe(0);
  });
});

describe('what became of an attempt', () => {
  it('row 5: the step is decided, and perhaps has moved', async () => {
    const bench = await StationBench.open();
    await bench.attempts(1, ['failed', undefined]);
    const snapshot = await bench.decide(1, { attempt: 2 });
    expect(await found(bench, 1)).toEqual({ kind: 'decided', snapshot, moved: false });
    await bench.attempts(2, [undefined]);
    expect(await found(bench, 2)).toEqual({ kind: 'decided', snapshot, moved: true });
  });

  it.each<Fate>(['failed', 'released', 'void'])(
    'row 6: it is settled, and nobody has gone on from it: %s',
    async (fate) => {
      const bench = await StationBench.open();
      const failures = fate === 'failed' ? 1 : 0;
      const [attempt] = await bench.attempts(1, [fate]);
      expect(await found(bench)).toEqual({ kind: 'settled', attempt, tally: { failures, losses: 0 } });
    },
  );

  it.each<Fate | undefined>(['failed', 'released', 'void', 'parked', undefined])(
    'row 6: others have gone on from it, whatever its fate: %s',
    async (fate) => {
      const bench = await StationBench.open();
      await bench.attempts(1, [fate, 'failed', undefined]);
      const failures = fate === 'failed' ? 2 : 1;
      expect(await found(bench)).toEqual({ kind: 'overtaken', by: 3, failures });
    },
  );

  it('row 8: it is parked', async () => {
    const bench = await StationBench.open();
    const [attempt] = await bench.attempts(1, ['parked']);
    expect(await found(bench)).toEqual({ kind: 'parked', attempt });
  });

  it('row 9: it is held, as long as its holder’s heartbeat is fresh enough', async () => {
    const bench = await StationBench.open();
    await bench.attempts(1, [undefined]);
    await bench.lives();
    await bench.clock.advance(LIVENESS_MS - 1);
    expect(await found(bench)).toEqual({ kind: 'held', ageMs: LIVENESS_MS - 1 });
    await bench.clock.advance(1);
    expect((await found(bench)).kind).toBe('lost');
  });

  it('row 10: it is lost when its holder is dead or gone, with what the step has seen before', async () => {
    const bench = await StationBench.open();
    const attempts = await bench.attempts(1, ['failed', undefined, 'released', undefined]);
    expect(await found(bench, 4)).toEqual({ kind: 'lost', attempt: attempts[3], tally: { failures: 1, losses: 2 } });
  });

  it.each<Fate>(['failed', 'parked'])('judges nobody when it is known: %s', async (fate) => {
    const bench = await StationBench.open({
      wrapJournal: (journal) => onCall(journal, 'judgeHolder', () => Promise.reject(new Error('judged'))),
    });
    await bench.attempts(1, [fate]);
    expect((await found(bench, 1)).kind).toBe(fate === 'parked' ? 'parked' : 'settled');
    await bench.attempts(1, [fate, undefined]);
    await expect(found(bench, 2)).rejects.toThrow('judged');
  });

  it('comes back like one that is held while its insert is not on a majority yet', async () => {
    const bench = await StationBench.open();
    expect(await found(bench)).toEqual({ kind: 'held', ageMs: 0 });
  });

  it.each(['failed', 'parked', 'decided'])(
    'what was recorded before the holder’s death counts, read after it: %s',
    async (late) => {
      const bench = await StationBench.open();
      const [attempt] = await bench.attempts(1, [undefined]);
      if (!attempt) throw new Error('no attempt');
      // The holder's last write lands between the first reading of the step and the judging of the holder.
      const landed: Attempt['fate'] = late === 'parked' ? 'parked' : 'failed';
      const { journal, context } = bench;
      const slow = {
        ...context,
        line: {
          ...context.line,
          journal: onCall(context.line.journal, 'judgeHolder', async (call) => {
            if (late === 'decided') await bench.decide(1);
            else await journal.settleAttempt(attempt._id, { fate: landed, at: new Date(0) });
            return call();
          }),
        },
      };
      const kinds: Record<string, string> = { failed: 'settled', parked: 'parked', decided: 'decided' };
      expect((await inspect(slow, bench.turn().envelope)).kind).toBe(kinds[late]);
    },
  );
});

describe('performing alone', () => {
  it('begins with the third loss of the step, whatever became of the attempts after it', async () => {
    const bench = await StationBench.open();
    await bench.attempts(1, [undefined, undefined, 'failed', undefined, 'released', undefined]);
    const alone = (attempt: number) => mustBeAlone(bench.context, bench.turn({ attempt }).envelope);
    expect(await Promise.all([1, 2, 3, 4, 5, 6].map(alone))).toEqual([false, false, false, false, true, true]);
  });

  it('reads nothing for attempts that cannot stand behind so many losses', async () => {
    const bench = await StationBench.open({
      wrapJournal: (journal) => onCall(journal, 'readStep', () => Promise.reject(new Error('read'))),
    });
    const alone = (attempt: number) => mustBeAlone(bench.context, bench.turn({ attempt }).envelope);
    expect(await alone(LIMITS.lossesBeforeAlone)).toBe(false);
    await expect(alone(LIMITS.lossesBeforeAlone + 1)).rejects.toThrow('read');
  });

  it('is over when an operator has taken the step up again', async () => {
    const bench = await StationBench.open();
    await bench.attempts(1, [undefined, undefined, undefined, 'parked', 'operator', undefined]);
    expect(await mustBeAlone(bench.context, bench.turn({ attempt: 6 }).envelope)).toBe(false);
  });
});

describe('the tally of a step', () => {
  const fates = fc.array(fc.constantFrom('failed', 'released', 'void', 'parked', 'operator', undefined), {
    maxLength: 12,
  });
  const viewOf = (list: readonly (Fate | 'operator' | undefined)[]) => ({
    snapshot: null,
    moved: false,
    attempts: list.map(
      (fate, index) =>
        ({
          attempt: index + 1,
          kind: fate === 'operator' ? 'operator' : 'run',
          ...(fate === undefined ? {} : { fate: fate === 'operator' ? 'released' : fate }),
        }) as Attempt, // what is counted of an attempt
    ),
  });

  it('counts the failed and the lost since the last operator’s attempt, and nothing after the one that it is of', () => {
    fc.assert(
      fc.property(fates, fc.nat({ max: 13 }), (list, upTo) => {
        const before = list.slice(0, upTo);
        const since = before.slice(before.lastIndexOf('operator') + 1);
        expect(tally(viewOf(list), upTo)).toEqual({
          failures: since.filter((fate) => fate === 'failed').length,
          losses: since.filter((fate) => fate === undefined).length,
        });
      }),
    );
  });
});
