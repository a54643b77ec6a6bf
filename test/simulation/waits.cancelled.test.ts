// A cancellation among those that would end a wait: in every order with a notification, a poll's answer and the time, and while the wait
// begins, whoever dies where. One of them decides the step, the request has its one answer, and nothing is left under way.
import { describe, expect, it } from '@jest/globals';
import type { CancelAnswer } from '../../shared/core/cancellation.ts';
import { completed, waiting } from '../../shared/core/outcome.ts';
import type { IntentRecord } from '../../shared/journal/intent-record.ts';
import type { PausePoint } from '../../shared/runtime/pause-points.ts';
import { Cancellations } from '../../shared/runtime/steward/cancellations.ts';
import { LIVENESS_TIMEOUT_MS } from '../support/test-line.ts';
import type { TestProcess } from '../support/test-process.ts';
import { WaitScene } from '../support/wait-scene.ts';

const HOLDERS = {
  notification: 'steward-1',
  poll: 'worker-1',
  deadline: 'worker-2',
  cancellation: 'canceller-1',
} as const;
type Competitor = keyof typeof HOLDERS;
const COMPETITORS = Object.keys(HOLDERS) as Competitor[]; // its own keys

const permutations = (all: readonly Competitor[]): Competitor[][] =>
  all.length < 2
    ? [[...all]]
    : all.flatMap((first) => permutations(all.filter((one) => one !== first)).map((rest) => [first, ...rest]));

/** Where each stands before it decides. */
const beforeDeciding = (who: Competitor): PausePoint =>
  who === 'cancellation' ? 'cancel-numbered' : 'wait-completing';

/** Where the first of them dies; `undefined`: nowhere. What ends the workflow passes no successor's announcement. */
function deathsOf(who: Competitor): readonly (PausePoint | undefined)[] {
  if (who === 'cancellation')
    return [undefined, 'cancel-numbered', 'cancel-decided', 'cancel-followed', 'intent-closed'];
  const all = [undefined, 'wait-completing', 'wait-completed', 'wait-followed', 'notification-used'] as const;
  return who === 'deadline' ? all : [...all, 'announced'];
}

/** A request that nobody has a message of, and whoever works on it. */
class Request {
  readonly #scene: WaitScene;
  readonly #intent: IntentRecord;

  constructor(scene: WaitScene, workflowId: string) {
    this.#scene = scene;
    const requestedAt = new Date(scene.line.clock.now());
    const event = { source: '/test', eventId: 'request', reason: 'changed their mind' };
    this.#intent = { _id: 'request', workflowId, ...event, requestedAt, at: 0, state: 'open' };
  }

  async open(): Promise<void> {
    await this.#scene.line.journal.insertIntents([this.#intent]);
  }

  /** Someone works on it until it is answered, or dies over it. */
  worked(by: string): TestProcess {
    const { process, acting } = this.#scene.line.addOperator(by);
    const cancellations = new Cancellations(acting, { livenessTimeoutMs: LIVENESS_TIMEOUT_MS });
    const work = async (): Promise<void> => {
      while ((await cancellations.consider(this.#intent)) !== 'answered') await acting.line.clock.sleep(500);
    };
    void work();
    return process;
  }

  async answer(): Promise<CancelAnswer | undefined> {
    return (await this.#scene.line.journal.readIntent(this.#intent._id))?.answer;
  }
}

function dieAt(scene: WaitScene, worker: string, point: PausePoint): void {
  scene.points.once(point, { worker }, () => {
    scene.line.processes.find(({ id }) => id === worker)?.die();
    return undefined;
  });
}

/** Others go on; then everything is over, and what it is told by agrees. */
async function expectOver(scene: WaitScene, id: string, request: Request, told: boolean): Promise<void> {
  await scene.steward('steward-9');
  await scene.worker('worker-9');
  request.worked('canceller-9');
  await scene.until(async () => (await request.answer()) !== undefined);
  const ends = ['succeeded', 'failed', 'cancelled'];
  await scene.until(async () => ends.includes((await scene.status(id)) ?? ''), 600_000, 1_000);
  await scene.until(async () => (await scene.wait(id))?.open !== true && scene.underWay === 0, 600_000, 1_000);
  const { snapshots, attempts } = await scene.line.history(id);
  expect(snapshots.map(({ step }) => step)).toEqual(snapshots.map((_, index) => index + 1));
  expect(attempts.filter(({ step }) => step === 1).map(({ fate }) => fate)).toEqual(['waiting']);
  const [first] = snapshots;
  const isCancelled = first?.kind === 'cancel';
  const answer = await request.answer();
  expect(answer?.kind === 'accepted').toBe(isCancelled);
  expect(answer).toBeDefined();
  expect((await scene.status(id)) === 'cancelled').toBe(isCancelled);
  const notifications = await scene.notifications();
  expect(notifications).toHaveLength(told ? 1 : 0);
  for (const { _id, state } of notifications) expect(state).toBe(first?.notification === _id ? 'used' : 'late');
  expect((await scene.line.audit([id])).violations).toEqual([]);
}

describe('a notification, a poll, the time and a cancellation, at once', () => {
  for (const order of permutations(COMPETITORS)) {
    const [first = 'poll', second] = order;
    it.each(deathsOf(first))(
      `in the order ${order.join(', ')}, where the first dies at %s: one decides`,
      async (death) => {
        const scene = await WaitScene.open({
          waits: () => waiting({ notification: 'confirmed', poll: '1s', until: '4s', otherwise: 'unpaid' }),
          poll: () => completed({ bank: 'polled' }),
        });
        await scene.worker(HOLDERS.poll);
        const id = await scene.waitingOrder();
        const request = new Request(scene, id);
        const hold = (who: Competitor) => scene.points.hold(beforeDeciding(who), { worker: HOLDERS[who] });
        const held = {
          poll: hold('poll'),
          notification: hold('notification'),
          deadline: hold('deadline'),
          cancellation: hold('cancellation'),
        };
        await scene.line.until(held.poll.reached);
        await scene.steward(HOLDERS.notification);
        await scene.notify('n-1');
        await scene.line.until(held.notification.reached);
        await request.open();
        const canceller = request.worked(HOLDERS.cancellation);
        await scene.line.until(held.cancellation.reached);
        await scene.worker(HOLDERS.deadline);
        await scene.line.clock.advance(3_000);
        // The ticket comes to the other worker: the first one's connection is gone, but it goes on.
        scene.line.processes.find(({ id: name }) => name === HOLDERS.poll)?.connection.drop();
        await scene.line.until(held.deadline.reached);

        const victim = scene.line.processes.find(({ id: name }) => name === HOLDERS[first]) ?? canceller;
        if (death === beforeDeciding(first)) victim.die();
        else if (death) dieAt(scene, HOLDERS[first], death);
        for (const who of order) {
          held[who].release();
          await scene.line.clock.advance(100);
          if (who === first) expect(victim.isDead).toBe(death !== undefined);
        }
        await expectOver(scene, id, request, true);
        const winner = death === beforeDeciding(first) ? second : first;
        const decided = await scene.snapshot(id);
        expect(decided?.by ?? 'cancellation').toBe(winner);
      },
    );
  }
});

/** Where the worker stands that begins the wait, when the request comes; it dies at the next of these, or goes on. */
const BEGINNINGS = ['performing', 'recorded', 'wait-inserted', 'wait-shown', 'followed'] as const;
const CRASHES: readonly (readonly [string, PausePoint] | undefined)[] = [
  undefined,
  ...BEGINNINGS.map((point) => ['worker-1', point] as const),
  ...(
    ['position-read', 'grace-over', 'course-read', 'intent-pinned', 'cancel-numbered', 'cancel-decided'] as const
  ).map((point) => ['canceller-1', point] as const),
  ['canceller-1', 'cancel-followed'],
];

describe('a cancellation that comes while a wait begins', () => {
  for (const at of BEGINNINGS) {
    for (const crash of CRASHES) {
      it(`at "${at}"${crash ? `, and ${crash[0]} dies at ${crash[1]}` : ''}: it is accepted, and the wait is over`, async () => {
        const scene = await WaitScene.open({ waits: () => waiting({ notification: 'confirmed', until: '2m' }) });
        const begun = scene.points.hold(at, { worker: 'worker-1', step: 1 });
        await scene.worker('worker-1');
        const id = await scene.line.start('payment', 'order');
        await scene.line.until(begun.reached);
        const request = new Request(scene, id);
        await request.open();
        if (crash) dieAt(scene, ...crash);
        request.worked('canceller-1');
        await scene.line.clock.advance(2_500);
        begun.release();
        await scene.line.clock.advance(2_500);
        await expectOver(scene, id, request, false);
        expect(await scene.status(id)).toBe('cancelled');
      });
    }
  }
});
