// A steward may die between any two lines of its rounds, and whoever parks what nobody has performed. Another one goes on, from the
// journal alone, and what is left is in order: the head says what the journal says, and what should be moving moves.
import { describe, expect, it } from '@jest/globals';
import type { HeadChange } from '../../shared/journal/journal.ts';
import { PAUSE_POINTS, type PausePoint } from '../../shared/runtime/pause-points.ts';
import { CancelScene, expectInOrder } from '../support/cancel-scene.ts';
import { LossyScene } from '../support/lossy-scene.ts';
import { onCall } from '../support/on-call.ts';
import { Scene } from '../support/scene.ts';
import { expectSucceeded, undeclared } from '../support/scene-checks.ts';
import { RETENTION_MS } from '../support/test-process.ts';

type Line = Scene['line'];

/** Who comes to a point first dies there. Returns who did, so far. */
function dieAt({ points, line }: Pick<Scene, 'points' | 'line'>, point: PausePoint, worker: string): string[] {
  const dead: string[] = [];
  points.once(point, { worker }, () => {
    dead.push(worker);
    line.processes.find(({ id }) => id === worker)?.die();
    return undefined;
  });
  return dead;
}

/** Another steward goes on for long enough that it can find anything. */
async function goOn(line: Line): Promise<void> {
  await line.addSteward('steward-2');
  await line.clock.advance(600_000);
}

/** A parcel whose next message is lost. */
async function lostParcel(): Promise<{ lossy: LossyScene; id: string }> {
  const lossy = await LossyScene.open();
  const [id = ''] = await lossy.parcels(1);
  await lossy.lose('pack');
  return { lossy, id };
}

async function overLostParcel(point: PausePoint): Promise<void> {
  const { lossy, id } = await lostParcel();
  const dead = dieAt(lossy.scene, point, 'steward-1');
  await lossy.line.addSteward('steward-1');
  await lossy.scene.worker('worker-1');
  await lossy.until(() => dead.length > 0);
  await goOn(lossy.line);
  await expectSucceeded(lossy.scene, id);
}

/** The rounds' points, by what is found. */
const FOUND: Readonly<Partial<Record<PausePoint, () => Promise<void>>>> = {
  'start-announced': () => overLostParcel('start-announced'),
  'message-noted': () => overLostParcel('message-noted'),
  'message-redriven': async () => {
    const { lossy, id } = await lostParcel();
    const dead = dieAt(lossy.scene, 'message-redriven', 'steward-1');
    const first = await lossy.line.addSteward('steward-1');
    const worker = await lossy.scene.worker('worker-1');
    await lossy.until(() => dead.length > 0);
    await goOn(lossy.line);
    await expectSucceeded(lossy.scene, id);
    expect(worker.isDead).toBe(false);
    expect(lossy.redrivenBy(first)).toEqual(['1/1']);
    const second = lossy.line.processes.find((process) => process.id === 'steward-2') ?? first;
    expect(lossy.redrivenBy(second)).toEqual([]);
  },
  'head-put-right': async () => {
    const { lossy, id } = await lostParcel();
    const { line } = lossy;
    const at = new Date(line.clock.now());
    const parked: HeadChange = {
      kind: 'parked',
      workflowId: id,
      parked: { step: 9, code: 'lost-alone', reason: '', at },
    };
    await line.journal.changeHeads([parked]);
    const dead = dieAt(lossy.scene, 'head-put-right', 'steward-1');
    await line.addSteward('steward-1');
    await lossy.scene.worker('worker-1');
    await lossy.until(() => dead.length > 0);
    await goOn(line);
    await expectSucceeded(lossy.scene, id);
  },
  'parking-announced': async () => {
    const lossy = await LossyScene.open({
      pack: undeclared,
      // It believes that it has written the head; then its message is gone.
      wrapJournal: (journal, process) =>
        process.id === 'worker-1' ? onCall(journal, 'changeHeads', async () => {}) : journal,
      wrapBroker: (broker, process) =>
        process.id === 'worker-1'
          ? onCall(broker, 'publish', (call, [message]) =>
              JSON.stringify(message).includes('.parked') ? Promise.resolve() : call(),
            )
          : broker,
    });
    const [id = ''] = await lossy.parcels(1);
    const worker = await lossy.scene.worker('worker-1');
    await lossy.until(() => lossy.scene.atStation('pack') === 0);
    await lossy.line.until(worker.stop());
    const dead = dieAt(lossy.scene, 'parking-announced', 'steward-1');
    await lossy.line.addSteward('steward-1');
    await lossy.until(() => dead.length > 0);
    await goOn(lossy.line);
    expect(await lossy.line.journal.readHead(id)).toMatchObject({ status: 'parked', parked: { step: 1 } });
    expect(lossy.scene.events).toContain('parked 1');
  },
  'workflows-removed': async () => {
    const lossy = await LossyScene.open();
    const { line } = lossy;
    const [id = ''] = await lossy.parcels(1);
    const worker = await lossy.scene.worker('worker-1');
    await line.untilDrained();
    await line.until(worker.stop());
    const old = {
      name: 'paid',
      businessKey: 'parcel',
      data: {},
      source: '/bank',
      eventId: 'old',
      state: 'kept',
    } as const;
    await line.journal.insertNotifications([{ ...old, _id: 'old', receivedAt: new Date(line.clock.now()) }]);
    await line.clock.advance(RETENTION_MS);
    const dead = dieAt(lossy.scene, 'workflows-removed', 'steward-1');
    await line.addSteward('steward-1');
    await lossy.until(() => dead.length > 0);
    expect(await line.journal.readHead(id)).toBeNull();
    expect(await line.journal.findNotifications({}, 1)).toHaveLength(1);
    await goOn(line);
    expect(await line.journal.findNotifications({}, 1)).toEqual([]);
  },
};

/** What a deadline makes goes the way of a request, which `cancellation.every-line` walks; this is what its own round adds. */
const OF_DEADLINES = ['intent-inserted', 'intent-closed', 'intent-put-away'] as const satisfies readonly PausePoint[];

describe('a steward that dies in its rounds', () => {
  it.each(Object.entries(FOUND))('at "%s"', async (_, act) => {
    await act?.();
  });

  it.each(OF_DEADLINES)('at "%s", over a deadline that has passed', async (point) => {
    const scene = await CancelScene.open({ definition: { deadline: '30s' } });
    const id = await scene.order();
    // Nobody hosts `ship`.
    await scene.worker('worker-1', ['reserve', 'pay', 'confirm', 'take-back']);
    const dead = dieAt(scene, point, 'steward-1');
    await scene.steward('steward-1');
    await scene.line.clock.runUntil(() => dead.length > 0, 120_000);
    await scene.steward('steward-2');
    await scene.line.clock.advance(60_000);
    await scene.worker('worker-2');
    await expectInOrder(scene, [id]);
    expect(await scene.status(id)).toBe('cancelled');
    expect(scene.ledger.left).toEqual([]);
    expect(await scene.line.journal.findIntents([id], 10)).toMatchObject([{ answer: { kind: 'accepted' } }]);
    const { head } = await scene.line.history(id);
    expect(await scene.line.journal.findPastDeadline(new Date(scene.line.clock.now()), 10)).toEqual([]);
    expect(head.endedAt).toBeDefined();
  });
});

describe('a worker that parks a step which no station takes', () => {
  it.each(['parking-recorded', 'parking-announced'] as const)('and dies at "%s"', async (point) => {
    const scene = await Scene.open();
    const id = await scene.parcel();
    const dead = dieAt(scene, point, 'worker-1');
    await scene.worker('worker-1', ['pack']);
    await scene.when(() => dead.length > 0);
    await scene.worker('worker-2', ['pack']);
    await scene.line.untilDrained();
    expect(await scene.line.journal.readHead(id)).toMatchObject({
      status: 'parked',
      parked: { step: 2, code: 'no-station' },
    });
    expect(scene.events).toContain('parked 2');
    expect((await scene.line.audit([id])).violations).toEqual([]);
  });
});

it('knows every point of the rounds', () => {
  const points = PAUSE_POINTS.filter((point) => /^(parking|head-put|message|workflows)/.test(point));
  expect(points.filter((point) => !(point in FOUND))).toEqual(['parking-recorded']);
});
