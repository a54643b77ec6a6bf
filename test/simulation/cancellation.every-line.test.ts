// A steward may die between any two lines of a cancellation. Another one goes on, by the request's message or by its round alone, and
// what is left is in order: one answer, nothing performed after it, everything undone once.
import { describe, expect, it } from '@jest/globals';
import { retry } from '../../shared/core/outcome.ts';
import { PAUSE_POINTS, type PausePoint } from '../../shared/runtime/pause-points.ts';
import { CancelScene, type CancelSceneOptions, expectInOrder, type OrderAction } from '../support/cancel-scene.ts';

/** In the order in which they are passed. */
const POINTS = [
  'intent-inserted',
  'grace-over',
  'position-read',
  'course-read',
  'intent-pinned',
  'cancel-numbered',
  'cancel-decided',
  'announced',
  'cancel-followed',
  'intent-closed',
  'intent-put-away',
] as const satisfies readonly PausePoint[];

interface Standing {
  readonly options?: CancelSceneOptions;
  /** Whose messages wait in the queue of a station that nobody hosts. */
  readonly unhosted?: OrderAction;
  /** The effects that stand in the end. */
  readonly left: readonly OrderAction[];
  readonly passesBy?: readonly PausePoint[];
}

const STANDINGS: Readonly<Record<string, Standing>> = {
  'its first step is queued: nothing to undo': { unhosted: 'reserve', left: [], passesBy: ['announced'] },
  'a step is queued': { unhosted: 'ship', left: [] },
  'a step waits for its retry': { options: { run: { pay: () => retry('busy', { afterMs: 60_000 }) } }, left: [] },
  'its state names another way': { unhosted: 'confirm', left: ['reserve', 'pay', 'ship', 'take-back'] },
};

const ALL: readonly OrderAction[] = ['reserve', 'pay', 'ship', 'confirm', 'take-back'];

async function stand({ options = {}, unhosted }: Standing): Promise<{ scene: CancelScene; id: string }> {
  const scene = await CancelScene.open(options);
  const id = await scene.order();
  await scene.worker(
    'worker-1',
    ALL.filter((action) => action !== unhosted),
  );
  await scene.line.clock.advance(5_000);
  return { scene, id };
}

async function expectCancelled(scene: CancelScene, id: string, request: string, standing: Standing): Promise<void> {
  expect(await scene.answered(request)).toEqual({ kind: 'accepted' });
  if (standing.unhosted) await scene.worker('worker-2', [standing.unhosted]);
  await expectInOrder(scene, [id]);
  const { head } = await scene.line.history(id);
  expect(head.status).toBe('cancelled');
  expect(scene.ledger.left).toEqual(standing.left);
  const performed = scene.performed.map((what) => what.replace(/^worker-\d+ /, ''));
  expect(new Set(performed).size).toBe(performed.length);
}

it('knows every point of a cancellation', () => {
  const known = new Set<PausePoint>(POINTS);
  const unknown = PAUSE_POINTS.filter(
    (point) => /^(cancel|intent|grace|course|position)-/.test(point) && !known.has(point),
  );
  expect(unknown).toEqual([]);
});

describe.each(Object.entries(STANDINGS))('%s', (_, standing) => {
  const comesTo = (point: PausePoint): boolean => !standing.passesBy?.includes(point);

  it.each(POINTS.filter(comesTo))('a steward dies at "%s"; the message comes to another', async (point) => {
    const { scene, id } = await stand(standing);
    const doomed = scene.points.hold(point, { worker: 'steward-1' });
    const first = await scene.steward('steward-1', false);
    const request = await scene.cancel({ workflowId: id });
    await scene.line.until(doomed.reached);
    first.die();
    await scene.steward('steward-2', false);
    await expectCancelled(scene, id, request, standing);
  });

  it.each(POINTS.filter(comesTo).filter((point) => point !== 'intent-inserted'))(
    'a steward dies at "%s"; there is no message, and the round of another goes on',
    async (point) => {
      const { scene, id } = await stand(standing);
      const { journal, clock } = scene.line;
      const request = 'without a message';
      const requestedAt = new Date(clock.now());
      const sent = { _id: request, workflowId: id, reason: 'changed my mind', source: '/test', eventId: request };
      await journal.insertIntents([{ ...sent, requestedAt, at: 0, state: 'open' }]);
      const doomed = scene.points.hold(point, { worker: 'steward-1' });
      const first = await scene.steward('steward-1');
      await scene.line.until(doomed.reached);
      first.die();
      await scene.steward('steward-2');
      await expectCancelled(scene, id, request, standing);
    },
  );
});
