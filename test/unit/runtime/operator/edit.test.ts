import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineAction } from '../../../../shared/core/define-action.ts';
import { attemptId, snapshotId } from '../../../../shared/core/names.ts';
import { completed } from '../../../../shared/core/outcome.ts';
import type { Attempt } from '../../../../shared/journal/records.ts';
import { dataOfStep, editBefore, givenAt, keyOfStep } from '../../../../shared/runtime/given.ts';
import type { DataEdit } from '../../../../shared/runtime/operator/data-edit.ts';
import { retryParked } from '../../../../shared/runtime/operator/retry.ts';
import { envelopeWith } from '../../../support/calls.ts';
import { StationBench, WORKFLOW_ID } from '../../../support/station-bench.ts';

const pack = defineAction({
  name: 'pack',
  input: z.object({ weight: z.number().optional() }),
  changes: z.object({}),
  run: async () => completed({}),
});

/** A parcel whose first step is parked, and whose action's contract is known. */
async function stopped() {
  const bench = await StationBench.open();
  await bench.journal.writeStation(pack.contract, new Date(0), 'worker');
  await bench.attempts(1, ['parked']);
  return bench;
}

const edit = (data: DataEdit['data'], more: Partial<DataEdit> = {}): DataEdit => ({
  data,
  how: 'fields',
  key: 'keep',
  ...more,
});
const retry = (bench: StationBench, given?: DataEdit) =>
  retryParked(bench.context, WORKFLOW_ID, given ? { edit: given } : {});

describe('a step that is retried with other data', () => {
  it('goes on with the fields over those before; the operator’s attempt keeps both, whole', async () => {
    const bench = await stopped();
    await retry(bench, edit({ weight: 7 }));
    expect(await bench.fateOf(1, 2)).toMatchObject({
      kind: 'operator',
      fate: 'released',
      data: { weight: 7 },
      key: 'keep',
    });
    expect(bench.sent).toMatchObject([{ attempt: 3, data: { weight: 7 } }]);
  });

  it('sets fields over what an operator set before, or is all there is', async () => {
    const bench = await stopped();
    await retry(bench, edit({ weight: 7, note: 'a' }));
    await bench.journal.insertAttempts([{ ...(await parkedAttempt(bench, 3)) }]);
    await retry(bench, edit({ note: 'b' }));
    expect(await bench.fateOf(1, 4)).toMatchObject({ data: { weight: 7, note: 'b' } });
    await bench.journal.insertAttempts([{ ...(await parkedAttempt(bench, 5)) }]);
    await retry(bench, edit({ note: 'c' }, { how: 'whole' }));
    expect(await bench.fateOf(1, 6)).toMatchObject({ data: { note: 'c' } });
    expect(bench.sent.at(-1)?.data).toEqual({ note: 'c' });
  });

  it('keeps what was edited when it is retried without data later', async () => {
    const bench = await stopped();
    await retry(bench, edit({ weight: 7 }, { key: 'new' }));
    await bench.journal.insertAttempts([await parkedAttempt(bench, 3)]);
    await retry(bench);
    expect(bench.sent.at(-1)).toMatchObject({ attempt: 5, data: { weight: 7 } });
  });

  it.each<[string, DataEdit['data'], RegExp]>([
    ['does not fit the action', { weight: 'heavy' }, /data\.weight: must be number/],
    ['is too large', { note: 'x'.repeat(70_000) }, /has 7\d+ bytes; the limit is/],
    ['is nested too deep', { deep: JSON.parse('['.repeat(40) + ']'.repeat(40)) }, /nested deeper/],
  ])('is refused when the data %s, and nothing is written', async (_, data, says) => {
    const bench = await stopped();
    await expect(retry(bench, edit(data))).rejects.toMatchObject({
      code: 'edit-invalid',
      message: expect.stringMatching(says),
    });
    expect(bench.published).toEqual([]);
    expect((await bench.journal.readStep(WORKFLOW_ID, 1)).attempts).toHaveLength(1);
  });

  it('is refused when the contract of the action is not known, or the step undoes another', async () => {
    const unknown = await StationBench.open();
    await unknown.attempts(1, ['parked']);
    await expect(retry(unknown, edit({}))).rejects.toMatchObject({ code: 'edit-invalid' });
    const undoing = await StationBench.open();
    await undoing.journal.writeStation(pack.contract, new Date(0), 'worker');
    await undoing.attempts(1, ['parked'], { kind: 'compensate' });
    await expect(retry(undoing, edit({}))).rejects.toMatchObject({ message: expect.stringMatching(/being undone/) });
  });

  it('is one with its repetition, and refuses another edit of what was taken up', async () => {
    const bench = await stopped();
    expect(await retry(bench, edit({ weight: 7 }))).toEqual({ step: 1, attempt: 3 });
    expect(await retry(bench, edit({ weight: 7 }))).toEqual({ step: 1, attempt: 3 });
    await expect(retry(bench, edit({ weight: 8 }))).rejects.toMatchObject({ code: 'edit-overtaken' });
    await expect(retry(bench, edit({ weight: 7 }, { key: 'new' }))).rejects.toMatchObject({ code: 'edit-overtaken' });
    // Without data it finishes the command as it was given.
    expect(await retry(bench)).toEqual({ step: 1, attempt: 3 });
    expect(bench.sent.map(({ data }) => data)).toEqual([{ weight: 7 }, { weight: 7 }, { weight: 7 }]);
    expect((await bench.journal.readStep(WORKFLOW_ID, 1)).attempts).toHaveLength(2);
  });

  it('is retried only at the parking that was seen', async () => {
    const bench = await stopped();
    const only = (attempt: number) => retryParked(bench.context, WORKFLOW_ID, { parking: { step: 1, attempt } });
    expect(await only(1)).toEqual({ step: 1, attempt: 3 });
    await bench.journal.insertAttempts([await parkedAttempt(bench, 3)]);
    await expect(only(1)).rejects.toMatchObject({ code: 'workflow-not-parked', details: { status: 'parked again' } });
    expect((await bench.journal.readStep(WORKFLOW_ID, 1)).attempts).toHaveLength(3);
  });
});

describe('a worker', () => {
  it('performs with the data and the key that hold for its attempt, whatever its message carries', async () => {
    const bench = await stopped();
    await retry(bench, edit({ weight: 7 }, { key: 'new' }));
    const given = (attempt: number) => givenAt(bench.context, envelopeWith({ attempt }), { weight: 1 });
    expect(await given(1)).toEqual({ data: { weight: 1 }, idempotencyKey: snapshotId(WORKFLOW_ID, 1) });
    expect(await given(3)).toEqual({ data: { weight: 7 }, idempotencyKey: attemptId(WORKFLOW_ID, 1, 2) });
  });

  it('keeps the key unless a new one was asked for, and the last new one from then on', async () => {
    const operators = (attempt: number, changed: Partial<Attempt>): Attempt => ({
      _id: '',
      workflowId: 'w',
      step: 1,
      attempt,
      kind: 'operator',
      action: 'pack',
      worker: 'operator',
      token: '',
      at: new Date(0),
      fate: 'released',
      ...changed,
    });
    const attempts = [
      operators(2, { data: { a: 1 }, key: 'keep' }),
      operators(4, { data: { a: 2 }, key: 'new' }),
      operators(6, {}),
      { ...operators(8, { data: { a: 3 }, key: 'new' }), step: 2 },
    ];
    const key = (attempt?: number) =>
      keyOfStep(attempts, { workflowId: 'w', step: 1, ...(attempt === undefined ? {} : { attempt }) });
    expect([key(1), key(3), key(5), key()]).toEqual(['w/00001', 'w/00001', 'w/00001/00004', 'w/00001/00004']);
    expect(editBefore(attempts, { step: 1, attempt: 3 })).toEqual({ data: { a: 1 } });
    expect(dataOfStep({ a: 0 }, attempts, 1)).toEqual({ a: 2 });
    expect(dataOfStep({ a: 0 }, [], 1)).toEqual({ a: 0 });
  });
});

async function parkedAttempt(bench: StationBench, attempt: number): Promise<Attempt> {
  const made = await bench.fateOf(1, 1);
  if (!made) throw new Error('nothing is parked');
  return { ...made, _id: attemptId(WORKFLOW_ID, 1, attempt), attempt, token: `again-${attempt}` };
}
