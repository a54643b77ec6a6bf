// The branches of claiming, one by one. The interleavings behind them are in test/simulation/table-a*.test.ts.
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { LIMITS } from '../../../shared/core/limits.ts';
import type { Attempt, Fate } from '../../../shared/journal/records.ts';
import { claim, mustBeAlone } from '../../../shared/runtime/claim.ts';
import { tally } from '../../../shared/runtime/step-view.ts';
import { onCall } from '../../support/on-call.ts';
import { StationBench, WORKFLOW_ID } from '../../support/station-bench.ts';

describe('claiming a step', () => {
  it('is inserting its attempt, under this worker’s name; it is held from then on', async () => {
    const bench = await StationBench.open();
    const claimed = await claim(bench.context, bench.visit());
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
    await claim(bench.context, bench.visit({ attempt: 4 }, { alone: true }));
    expect(await bench.fateOf(1, 4)).toMatchObject({ alone: true });
  });

  it('reads nothing for a first attempt: the hot path is one insert', async () => {
    const bench = await StationBench.open({
      wrapJournal: (journal) => onCall(journal, 'readSnapshot', () => Promise.reject(new Error('read'))),
    });
    expect((await claim(bench.context, bench.visit())).kind).toBe('claimed');
    await expect(claim(bench.context, bench.visit({ attempt: 2 }))).rejects.toThrow('read');
  });

  it('A2: a later attempt of a step that is decided is void, and not held', async () => {
    const bench = await StationBench.open();
    await bench.attempts(1, [undefined]);
    const snapshot = await bench.decide(1);
    expect(await claim(bench.context, bench.visit({ attempt: 2 }))).toEqual({
      kind: 'decided',
      snapshot,
      moved: false,
    });
    expect(await bench.fateOf(1, 2)).toMatchObject({ fate: 'void' });
    expect(bench.context.held.size).toBe(0);
  });

  it('A4: finds out what became of an attempt that is another’s, and does not hold it', async () => {
    const bench = await StationBench.open();
    await bench.attempts(1, [undefined]);
    await bench.lives();
    expect(await claim(bench.context, bench.visit())).toEqual({ kind: 'held', ageMs: 0 });
    expect(bench.context.held.size).toBe(0);
  });
});

describe('performing alone', () => {
  it('begins with the third loss of the step, whatever became of the attempts after it', async () => {
    const bench = await StationBench.open();
    await bench.attempts(1, [undefined, undefined, 'failed', undefined, 'released', undefined]);
    const alone = (attempt: number) => mustBeAlone(bench.context, bench.visit({ attempt }).envelope);
    expect(await Promise.all([1, 2, 3, 4, 5, 6].map(alone))).toEqual([false, false, false, false, true, true]);
  });

  it('reads nothing for attempts that cannot stand behind so many losses', async () => {
    const bench = await StationBench.open({
      wrapJournal: (journal) => onCall(journal, 'readStep', () => Promise.reject(new Error('read'))),
    });
    const alone = (attempt: number) => mustBeAlone(bench.context, bench.visit({ attempt }).envelope);
    expect(await alone(LIMITS.lossesBeforeAlone)).toBe(false);
    await expect(alone(LIMITS.lossesBeforeAlone + 1)).rejects.toThrow('read');
  });

  it('is over when an operator has taken the step up again', async () => {
    const bench = await StationBench.open();
    await bench.attempts(1, [undefined, undefined, undefined, 'parked', 'operator', undefined]);
    expect(await mustBeAlone(bench.context, bench.visit({ attempt: 6 }).envelope)).toBe(false);
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
