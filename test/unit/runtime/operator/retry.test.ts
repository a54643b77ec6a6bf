// Commands that die half-way are in test/simulation/operator-commands.test.ts.
import { describe, expect, it } from '@jest/globals';
import { Refused } from '../../../../shared/core/errors.ts';
import type { Fate } from '../../../../shared/journal/records.ts';
import { findWorkflow } from '../../../../shared/runtime/operator/find.ts';
import { retryParked } from '../../../../shared/runtime/operator/retry.ts';
import { onCall } from '../../../support/on-call.ts';
import { StationBench, WORKFLOW_ID } from '../../../support/station-bench.ts';

type Fates = readonly (Fate | 'operator' | undefined)[];

/** A workflow whose first step has come to these attempts, and whose head says that it is parked. */
async function stopped(fates: Fates, options: Parameters<typeof StationBench.open>[0] = {}) {
  const bench = await StationBench.open(options);
  await bench.attempts(1, fates);
  const parked = { step: 1, code: 'action-threw', reason: 'busy', at: new Date(0) };
  await bench.journal.changeHeads([{ kind: 'parked', workflowId: WORKFLOW_ID, parked }]);
  return bench;
}

const retry = (bench: StationBench) => retryParked(bench.context, WORKFLOW_ID);

describe('taking a parked workflow up again', () => {
  it('puts the operator’s own attempt behind the parked one, released, and sends the one after it', async () => {
    const bench = await stopped(['failed', 'failed', 'parked']);
    await bench.clock.advance(60_000);
    const now = bench.clock.now();
    expect(await retry(bench)).toEqual({ step: 1, attempt: 5 });
    expect(await bench.fateOf(1, 4)).toMatchObject({
      kind: 'operator',
      fate: 'released',
      action: 'pack',
      worker: 'worker-1',
      settledAt: new Date(now),
    });
    expect(bench.sent).toEqual([
      { ...bench.visit().envelope, attempt: 5, failures: 0, startedAt: now - 60_000, sentAt: now, delayed: false },
    ]);
  });

  it('says so in the head first, then by an event, and only then sends: nothing overtakes it', async () => {
    const bench = await stopped(['parked']);
    await retry(bench);
    expect(bench.happened).toEqual(['event parcel.resumed', 'sent 1/3']);
    expect((await bench.journal.readHead(WORKFLOW_ID))?.status).toBe('running');
    expect(bench.events).toEqual([
      { name: 'resumed', workflow: 'parcel', version: 1, state: 'placed', step: 1, action: 'pack' },
    ]);
  });

  it('goes on from the results of the steps that are decided', async () => {
    const bench = await stopped([undefined]);
    await bench.decide(1);
    await bench.attempts(2, ['parked']);
    expect(await retry(bench)).toEqual({ step: 2, attempt: 3 });
    expect(bench.sent).toMatchObject([{ step: 2, action: 'send', state: 'packed', data: { pack: 'late' } }]);
  });

  it('finishes a command that died half-way: the same attempt is sent, no second one is made', async () => {
    const bench = await stopped(['parked', 'operator']);
    expect(await retry(bench)).toEqual({ step: 1, attempt: 3 });
    expect(await retry(bench)).toEqual({ step: 1, attempt: 3 });
    const { attempts } = await bench.journal.readStep(WORKFLOW_ID, 1);
    expect(attempts).toHaveLength(2);
    expect(bench.sent.map(({ attempt }) => attempt)).toEqual([3, 3]);
  });

  it.each<[string, Fates]>([
    ['is being performed', [undefined]],
    ['has failed and will be repeated', ['failed']],
    ['was taken up before', ['parked', 'operator', undefined]],
    ['has no attempt yet', []],
    ['was retried, and has failed again', ['parked', 'operator', 'failed']],
  ])('is refused when its step %s, whatever its head says', async (_, fates) => {
    const bench = await stopped(fates);
    await expect(retry(bench)).rejects.toEqual(
      new Refused('workflow-not-parked', { workflow: WORKFLOW_ID, status: 'running' }),
    );
    expect(bench.published).toEqual([]);
    expect((await bench.journal.readStep(WORKFLOW_ID, 1)).attempts).toHaveLength(fates.length);
  });

  it('is refused when a late result has decided the parked step', async () => {
    const bench = await stopped(['parked']);
    await bench.decide(1);
    await expect(retry(bench)).rejects.toMatchObject({ code: 'workflow-not-parked' });
  });

  it('is refused for a workflow that the journal does not have', async () => {
    const bench = await StationBench.open();
    await expect(retryParked(bench.context, 'BBBBBBBBBBBBBBBBBBBBBB')).rejects.toMatchObject({
      code: 'workflow-not-parked',
      details: { status: 'unknown' },
    });
  });

  it('sends nothing when a worker went on meanwhile: the history is read again', async () => {
    const bench: StationBench = await stopped(['parked'], {
      wrapJournal: (journal) =>
        onCall(journal, 'insertAttempts', async (call) => {
          await bench.attempts(1, ['parked', undefined]);
          return call();
        }),
    });
    await expect(retry(bench)).rejects.toMatchObject({ code: 'workflow-not-parked' });
    expect(bench.published).toEqual([]);
  });

  it('is one with the retry of another operator at the same moment', async () => {
    const bench: StationBench = await stopped(['parked'], {
      wrapJournal: (journal) =>
        onCall(journal, 'insertAttempts', async (call) => {
          await bench.attempts(1, ['parked', 'operator']);
          return call();
        }),
    });
    expect(await retry(bench)).toEqual({ step: 1, attempt: 3 });
    expect((await bench.journal.readStep(WORKFLOW_ID, 1)).attempts).toHaveLength(2);
  });

  it('parks it again, and does not fail, when its action has no station', async () => {
    const bench = await stopped(['parked']);
    bench.unroutable.add('pack');
    await retry(bench);
    expect(await bench.fateOf(1, 3)).toMatchObject({ fate: 'parked', code: 'no-station' });
    expect(bench.events.map(({ name }) => name)).toEqual(['resumed', 'parked']);
    // It can be taken up once more.
    bench.unroutable.clear();
    expect(await retry(bench)).toEqual({ step: 1, attempt: 5 });
  });
});

describe('finding a workflow', () => {
  async function withHeads(heads: readonly { id: string; businessKey: string }[]) {
    const bench = await StationBench.open();
    for (const { id, businessKey } of heads) {
      await bench.journal.insertHeads([{ ...bench.head(), _id: id, workflowId: id, businessKey }]);
    }
    return bench.journal;
  }
  const B = 'BBBBBBBBBBBBBBBBBBBBBB';
  const C = 'CCCCCCCCCCCCCCCCCCCCCC';

  it('by its id or by its business key', async () => {
    const journal = await withHeads([{ id: B, businessKey: 'order-7' }]);
    expect((await findWorkflow(journal, B)).businessKey).toBe('order-7');
    expect((await findWorkflow(journal, 'order-7'))._id).toBe(B);
  });

  it('by a business key that looks like an id, when there is no such id', async () => {
    const journal = await withHeads([{ id: B, businessKey: C }]);
    expect((await findWorkflow(journal, C))._id).toBe(B);
  });

  it('does not guess between several: it lists them', async () => {
    const journal = await withHeads([
      { id: B, businessKey: 'order-7' },
      { id: C, businessKey: 'order-7' },
    ]);
    const refusal = await findWorkflow(journal, 'order-7').catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'workflow-ambiguous', message: expect.stringContaining(B) });
    expect(refusal).toMatchObject({ message: expect.stringContaining(C) });
  });

  it('refuses what nobody has', async () => {
    const journal = await withHeads([]);
    await expect(findWorkflow(journal, 'order-8')).rejects.toEqual(new Refused('workflow-unknown', { key: 'order-8' }));
  });
});
