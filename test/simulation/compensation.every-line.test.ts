// A worker that undoes a step may die between any two lines, whatever came of it. Another one goes on: each effect is undone, each step
// of the way back is decided once.
import { describe, expect, it } from '@jest/globals';
import { retry } from '../../shared/core/outcome.ts';
import type { PausePoint } from '../../shared/runtime/pause-points.ts';
import { CancelScene, expectInOrder, type OrderAction, type UndoBehaviour } from '../support/cancel-scene.ts';

const HOLDER = [
  'received',
  'claiming',
  'claimed',
  'performing',
  'performed',
  'recorded',
  'announced',
  'parking-announced',
  'followed',
  'acknowledged',
] as const satisfies readonly PausePoint[];

const SUCCESSOR = ['inspecting', 'holder-judged'] as const satisfies readonly PausePoint[];

/** The first step of the way back, which undoes `pay`; what follows it undoes `reserve`. */
const STEP = 4;

interface Case {
  readonly undo: UndoBehaviour;
  readonly status: 'cancelled' | 'parked';
  readonly left: readonly OrderAction[];
  readonly passesBy?: readonly PausePoint[];
}

const CASES: Readonly<Record<string, Case>> = {
  'is undone': { undo: () => undefined, status: 'cancelled', left: [] },
  'is undone at the second attempt': {
    undo: ({ attempt }) => (attempt === 1 ? retry('busy') : undefined),
    status: 'cancelled',
    left: [],
  },
  'is undone after it threw': {
    undo: ({ attempt }) => (attempt === 1 ? Promise.reject(new Error('broken')) : undefined),
    status: 'cancelled',
    left: [],
  },
  'cannot be undone, and is parked': {
    undo: () => retry('busy'),
    status: 'parked',
    left: ['reserve', 'pay'],
    passesBy: ['announced'],
  },
};

const HOSTED: readonly OrderAction[] = ['reserve', 'pay', 'confirm', 'take-back'];

/** An order whose `pay` is to be undone next; nobody is there to do it. */
async function cancelledOrder(undo: UndoBehaviour): Promise<{ scene: CancelScene; id: string }> {
  const scene = await CancelScene.open({ undo: { pay: undo } });
  const id = await scene.order();
  const worker = await scene.worker('worker-0', HOSTED);
  await scene.line.clock.advance(5_000);
  await scene.line.until(worker.stop());
  const steward = await scene.steward();
  await scene.answered(await scene.cancel({ workflowId: id }));
  await scene.line.until(steward.stop());
  return { scene, id };
}

/** A worker that dies at a point. Resolves when it has, or everything is at rest. */
async function doomed(scene: CancelScene, name: string, point: PausePoint): Promise<boolean> {
  scene.points.once(point, { worker: name, step: STEP }, () => {
    scene.line.processes.find(({ id }) => id === name)?.die();
    return undefined;
  });
  const worker = await scene.worker(name);
  await scene.line.clock.runUntil(() => worker.isDead || scene.line.isDrained, 300_000);
  const hasCome = worker.isDead;
  worker.die();
  return hasCome;
}

async function expectUndone(scene: CancelScene, id: string, { status, left }: Case): Promise<void> {
  await scene.worker('worker-9');
  await expectInOrder(scene, [id]);
  expect(await scene.status(id)).toBe(status);
  expect(scene.ledger.left).toEqual(left);
}

describe.each(Object.entries(CASES))('a step that %s', (_, outcome) => {
  const comesTo = (point: PausePoint): boolean =>
    !outcome.passesBy?.includes(point) && (point !== 'parking-announced' || outcome.status === 'parked');

  it.each(HOLDER)('where its worker dies at "%s"', async (point) => {
    const { scene, id } = await cancelledOrder(outcome.undo);
    expect(await doomed(scene, 'worker-1', point)).toBe(comesTo(point));
    await expectUndone(scene, id, outcome);
  });

  for (const state of ['performed', 'recorded'] as const) {
    it.each(SUCCESSOR)(`where its worker dies "${state}", and the next one at "%s"`, async (point) => {
      const { scene, id } = await cancelledOrder(outcome.undo);
      expect(await doomed(scene, 'worker-1', state)).toBe(true);
      expect(await doomed(scene, 'worker-2', point)).toBe(point === 'inspecting' || state === 'performed');
      await expectUndone(scene, id, outcome);
    });
  }
});
