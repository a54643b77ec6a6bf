// A step that an operator retries with other data under another key: whoever performs it, by whatever message, performs it so.
import { describe, expect, it } from '@jest/globals';
import { attemptId, snapshotId } from '../../shared/core/names.ts';
import { completed, type Outcome, retry } from '../../shared/core/outcome.ts';
import type { DataEdit } from '../../shared/runtime/operator/data-edit.ts';
import { retryParked } from '../../shared/runtime/operator/retry.ts';
import { Latch } from '../support/latch.ts';
import { Scene, type SceneOptions } from '../support/scene.ts';
import { dieAt, expectSucceeded, undeclared } from '../support/scene-checks.ts';

const EDIT: DataEdit = { data: { weight: 7 }, how: 'fields', key: 'new' };

/** A parcel that is parked at its first step, and the keys that `pack` was called with. */
async function parkedParcel(options: SceneOptions = {}, later: () => Outcome = () => completed({ pack: 'done' })) {
  const keys: string[] = [];
  const scene = await Scene.open({
    pack: (call) => {
      keys.push(call.idempotencyKey);
      return call.attempt === 1 ? undeclared() : later();
    },
    ...options,
  });
  const id = await scene.parcel();
  await scene.worker('worker-1');
  await scene.line.untilDrained();
  const edited = (name: string, edit: DataEdit = EDIT) =>
    retryParked(scene.line.addOperator(name).acting, id, { edit });
  return { scene, id, keys, edited };
}

/** Every decided step has the edited data. */
async function expectEdited(scene: Scene, id: string): Promise<void> {
  await expectSucceeded(scene, id);
  const { snapshots, head } = await scene.line.history(id);
  expect(snapshots.map(({ data }) => data['weight'])).toEqual([7, 7]);
  expect(head.input).toEqual({});
}

describe('a step that goes on with other data', () => {
  it('is performed with it under the new key, and the old value stays in the journal', async () => {
    const { scene, id, keys, edited } = await parkedParcel();
    await scene.line.until(edited('operator-1'));
    await expectEdited(scene, id);
    expect(keys).toEqual([snapshotId(id, 1), attemptId(id, 1, 2)]);
  });

  it('keeps its key when that was said', async () => {
    const { scene, id, keys, edited } = await parkedParcel();
    await scene.line.until(edited('operator-1', { ...EDIT, key: 'keep' }));
    await expectEdited(scene, id);
    expect(keys).toEqual([snapshotId(id, 1), snapshotId(id, 1)]);
  });

  it.each([1, 2, 3])(
    'is performed so when an old copy of attempt %d stands for it, which carries the old data',
    async (attempt) => {
      const { scene, id, keys, edited } = await parkedParcel();
      // The command's own message is lost; what is left is a copy from before.
      await scene.line.until(edited('operator-1'));
      await scene.send(id, 1, attempt, { data: { weight: 1 } });
      await expectEdited(scene, id);
      expect(new Set(keys.slice(1))).toEqual(new Set([attemptId(id, 1, 2)]));
    },
  );

  it('is performed so after its holder died, and after a failure', async () => {
    let calls = 0;
    const { scene, id, keys, edited } = await parkedParcel({}, () =>
      calls++ === 0 ? retry('busy') : completed({ pack: 'done' }),
    );
    const worker = scene.line.processes.find(({ id: name }) => name === 'worker-1');
    if (!worker) throw new Error('no worker');
    const dying = dieAt(scene, worker, 'performing');
    await scene.line.until(edited('operator-1'));
    await dying;
    await scene.worker('worker-2');
    await expectEdited(scene, id);
    expect(new Set(keys.slice(1))).toEqual(new Set([attemptId(id, 1, 2)]));
    expect((await scene.line.history(id)).attempts.map(({ kind }) => kind)).toEqual([
      'run',
      'operator',
      'run',
      'run',
      'run',
      'run',
    ]);
  });

  it('is one when the command is repeated, redelivered or cut short', async () => {
    const sending = new Latch();
    const { scene, id, keys, edited } = await parkedParcel({
      wrapBroker: (broker, { id: name }) => (name === 'operator-1' ? sending.holding(broker, 'publish') : broker),
    });
    const { process, acting } = scene.line.addOperator('operator-1');
    void retryParked(acting, id, { edit: EDIT });
    await scene.line.until(sending.reached);
    process.die();
    // Other data for what was taken up already is refused; the same, or none, finishes it.
    await expect(scene.line.until(edited('operator-2', { ...EDIT, data: { weight: 9 } }))).rejects.toMatchObject({
      code: 'edit-overtaken',
    });
    await scene.line.until(
      Promise.allSettled([edited('operator-3'), retryParked(scene.line.addOperator('operator-4').acting, id)]),
    );
    await expectEdited(scene, id);
    expect(keys).toEqual([snapshotId(id, 1), attemptId(id, 1, 2)]);
    expect((await scene.line.history(id)).attempts.map(({ kind }) => kind)).toEqual(['run', 'operator', 'run', 'run']);
  });
});
