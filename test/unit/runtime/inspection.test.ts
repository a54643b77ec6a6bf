// The rows of what is found instead of a free step, one by one. The interleavings behind them are in
// test/simulation/table-a*.test.ts.
import { describe, expect, it } from '@jest/globals';
import type { Attempt, Fate } from '../../../shared/journal/records.ts';
import { inspect } from '../../../shared/runtime/inspection.ts';
import { onCall } from '../../support/on-call.ts';
import { LIVENESS_MS, StationBench } from '../../support/station-bench.ts';

const found = (bench: StationBench, attempt = 1) => inspect(bench.context, bench.visit({ attempt }).envelope);

describe('what became of an attempt', () => {
  it('A5: the step is decided, and perhaps has moved', async () => {
    const bench = await StationBench.open();
    await bench.attempts(1, ['failed', undefined]);
    const snapshot = await bench.decide(1, { attempt: 2 });
    expect(await found(bench, 1)).toEqual({ kind: 'decided', snapshot, moved: false });
    await bench.attempts(2, [undefined]);
    expect(await found(bench, 2)).toEqual({ kind: 'decided', snapshot, moved: true });
  });

  it.each<Fate>(['failed', 'released', 'void'])(
    'A6: it is settled, and nobody has gone on from it: %s',
    async (fate) => {
      const bench = await StationBench.open();
      const failures = fate === 'failed' ? 1 : 0;
      const [attempt] = await bench.attempts(1, [fate]);
      expect(await found(bench)).toEqual({ kind: 'settled', attempt, tally: { failures, losses: 0 } });
    },
  );

  it.each<Fate | undefined>(['failed', 'released', 'void', 'parked', undefined])(
    'A6: others have gone on from it, whatever its fate: %s',
    async (fate) => {
      const bench = await StationBench.open();
      await bench.attempts(1, [fate, 'failed', undefined]);
      const failures = fate === 'failed' ? 2 : 1;
      expect(await found(bench)).toEqual({ kind: 'overtaken', by: 3, failures });
    },
  );

  it('A8: it is parked', async () => {
    const bench = await StationBench.open();
    const [attempt] = await bench.attempts(1, ['parked']);
    expect(await found(bench)).toEqual({ kind: 'parked', attempt });
  });

  it('A9: it is held, as long as its holder’s heartbeat is fresh enough', async () => {
    const bench = await StationBench.open();
    await bench.attempts(1, [undefined]);
    await bench.lives();
    await bench.clock.advance(LIVENESS_MS - 1);
    expect(await found(bench)).toEqual({ kind: 'held', ageMs: LIVENESS_MS - 1 });
    await bench.clock.advance(1);
    expect((await found(bench)).kind).toBe('lost');
  });

  it('A10: it is lost when its holder is dead or gone, with what the step has seen before', async () => {
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
      expect((await inspect(slow, bench.visit().envelope)).kind).toBe(kinds[late]);
    },
  );
});
