// Heads that say less than the journal: the journal is trusted, the head is put right, and what follows is done.
import { describe, expect, it } from '@jest/globals';
import { failed } from '../../../../shared/core/outcome.ts';
import type { HeadChange } from '../../../../shared/journal/journal.ts';
import { LossyScene } from '../../../support/lossy-scene.ts';
import { onCall } from '../../../support/on-call.ts';
import type { SceneOptions } from '../../../support/scene.ts';
import { undeclared } from '../../../support/scene-checks.ts';

/** A parcel whose worker believes that it has written the head, after which its message is gone: what a crash in the wrong place leaves. */
async function withUnwrittenHead(options: SceneOptions) {
  const lossy = await LossyScene.open({
    ...options,
    wrapJournal: (journal, { id }) => (id === 'worker-1' ? onCall(journal, 'changeHeads', async () => {}) : journal),
  });
  const [id = ''] = await lossy.parcels(1);
  const worker = await lossy.scene.worker('worker-1');
  await lossy.until(() => lossy.scene.atStation('pack') + lossy.scene.atStation('send') === 0);
  await lossy.line.until(worker.stop());
  expect((await lossy.line.journal.readHead(id))?.status).toBe('running');
  return { lossy, id };
}

const steward = async ({ line }: LossyScene): Promise<void> => {
  await line.addSteward('steward');
  await line.clock.advance(30_000);
};

describe('a head that lags behind its journal', () => {
  it.each([
    ['succeeded', {}],
    ['failed', { pack: () => failed('refused') }],
  ] as const)('is put right when the workflow has %s, and the event is out again', async (status, options) => {
    const { lossy, id } = await withUnwrittenHead(options);
    await steward(lossy);
    expect(await lossy.line.journal.readHead(id)).toMatchObject({ status, endedAt: expect.any(Date) });
    expect(lossy.scene.events.filter((event) => event.startsWith(status))).toHaveLength(2);
  });

  it('is put right when the workflow is parked, as of then', async () => {
    const { lossy, id } = await withUnwrittenHead({ pack: undeclared });
    const at = (await lossy.line.history(id)).attempts.at(-1)?.settledAt;
    await steward(lossy);
    expect(await lossy.line.journal.readHead(id)).toMatchObject({ status: 'parked', parked: { step: 1, at } });
    await lossy.line.clock.advance(600_000);
    // Once: then it is at rest.
    expect(lossy.scene.events.filter((event) => event === 'parked 1')).toHaveLength(2);
  });

  it('says cancelling no more when its request is answered, and whoever wrote it is dead', async () => {
    const lossy = await LossyScene.open({ pack: undeclared });
    const [id = ''] = await lossy.parcels(1);
    await lossy.scene.worker('worker-1');
    await lossy.until(() => lossy.scene.atStation('pack') === 0);
    const at = new Date(lossy.line.clock.now());
    await lossy.line.journal.changeHeads([{ kind: 'cancelling', workflowId: id, intent: 'answered', at }]);
    expect(await lossy.line.journal.readHead(id)).toMatchObject({ status: 'cancelling' });
    await steward(lossy);
    expect(await lossy.line.journal.readHead(id)).toMatchObject({ status: 'parked', parked: { step: 1 } });
  });

  it('says parked no more when its journal has moved on, and the workflow goes on to its end', async () => {
    const lossy = await LossyScene.open();
    const { line } = lossy;
    const [id = ''] = await lossy.parcels(1);
    const parked: HeadChange = {
      kind: 'parked',
      workflowId: id,
      parked: { step: 1, code: 'lost-alone', reason: '', at: new Date(line.clock.now()) },
    };
    // A result landed late beside the parking, and nobody has a message any more.
    const worker = await lossy.scene.worker('worker-1', ['pack']);
    await lossy.until(() => lossy.scene.atStation('send') === 1);
    await line.until(worker.stop());
    await lossy.lose('send');
    await line.journal.changeHeads([parked]);
    await lossy.scene.worker('worker-2');
    const process = await line.addSteward('steward');
    await line.clock.advance(120_000);
    expect(await line.journal.readHead(id)).toMatchObject({ status: 'succeeded' });
    expect(lossy.redrivenBy(process)).toEqual(['2/1']);
  });
});
