// S5: whatever actions do, whenever requests come, whoever dies where: each request has one true answer, nothing is performed after it was
// accepted, and what the downstream's ledger has left is what the end of the workflow says.
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { type CompensateOutcome, failed, retry, waiting } from '../../shared/core/outcome.ts';
import { unreachable } from '../../shared/core/unreachable.ts';
import { PAUSE_POINTS, type PausePoint } from '../../shared/runtime/pause-points.ts';
import { CancelScene, ORDER_ACTIONS, type RunBehaviour } from '../support/cancel-scene.ts';
import type { TestProcess } from '../support/test-process.ts';

/** `npm run chaos` runs 5,000, by `CANCEL_MODEL_RUNS`; each takes some 20 ms of one core. */
const RUNS = Number(process.env['CANCEL_MODEL_RUNS'] ?? 100);
const TEST_TIMEOUT_MS = 3_600_000;

/** What an action does in one attempt, after it has acted or before. */
type Deed = 'completes' | 'retries' | 'acts, then retries' | 'throws' | 'declines' | 'takes long' | 'waits a while';

interface Death {
  readonly who: 'worker' | 'steward';
  readonly point: PausePoint;
  /** How often the point is passed before. */
  readonly after: number;
}

interface Course {
  readonly deeds: Readonly<Record<Acted, readonly Deed[]>>;
  readonly undoFails: number;
  /** When requests come, milliseconds after the start; the same number twice: two at once. */
  readonly requests: readonly number[];
  readonly deaths: readonly Death[];
  readonly deadline: boolean;
}

const deeds = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constant<Deed>('completes') },
    {
      weight: 3,
      arbitrary: fc.constantFrom<Deed>('retries', 'acts, then retries', 'throws', 'takes long', 'waits a while'),
    },
    { weight: 1, arbitrary: fc.constant<Deed>('declines') },
  ),
  { maxLength: 3 },
);

const courses: fc.Arbitrary<Course> = fc.record({
  deeds: fc.record({ reserve: deeds, pay: deeds, ship: deeds, confirm: deeds }),
  undoFails: fc.nat(3),
  requests: fc.array(fc.nat(12_000), { minLength: 1, maxLength: 3 }),
  deaths: fc.array(
    fc.record({
      who: fc.constantFrom('worker' as const, 'steward' as const),
      point: fc.constantFrom(...PAUSE_POINTS),
      after: fc.nat(3),
    }),
    { maxLength: 3 },
  ),
  deadline: fc.boolean(),
});

/** What the ledger must hold, by how the workflow ended. */
async function expectTrue(scene: CancelScene, id: string, requests: readonly string[]): Promise<void> {
  const { violations } = await scene.line.audit([id]);
  expect(violations.map(({ problem }) => problem)).toEqual([]);
  const { head, snapshots } = await scene.line.history(id);
  const intents = await scene.line.journal.findIntents([id], 10);
  for (const request of requests) expect(intents.find(({ _id }) => _id === request)?.answer).toBeDefined();
  expect(intents.every(({ state }) => state === 'closed')).toBe(true);
  const accepted = intents.filter(({ answer }) => answer?.kind === 'accepted').map(({ _id }) => _id);
  expect(snapshots.flatMap(({ intent }) => intent ?? [])).toEqual(accepted);
  if (head.status === 'parked') return; // an operator decides what becomes of it
  const isUndone = snapshots.some(({ undo }) => undo !== undefined);
  const done = snapshots.filter(({ kind, failure }) => kind === 'run' && !failure).map(({ action }) => action);
  expect(['succeeded', 'failed', 'cancelled']).toContain(head.status);
  if (isUndone) expect(scene.ledger.left).toEqual([]);
  else expect([...scene.ledger.left].filter((action) => done.includes(action)).sort()).toEqual([...done].sort());
}

const ACTIONS = ['reserve', 'pay', 'ship', 'confirm'] as const;
type Acted = (typeof ACTIONS)[number];

/** Someone of the crew dies when it comes to the point for the n-th time. */
function arrange(scene: CancelScene, { who, point, after }: Death): void {
  let left = after;
  const wait = (): void =>
    scene.points.once(point, {}, ({ worker }) => {
      if (!worker.startsWith(`${who}-`) || worker.endsWith('-9')) wait();
      else if (left > 0) {
        left -= 1;
        wait();
      } else scene.line.processes.find(({ id }) => id === worker)?.die();
      return undefined;
    });
  wait();
}

/** What the action does and says; undefined: it acts, and completes. */
async function doDeed(scene: CancelScene, deed: Deed, action: Acted, key: string, process: TestProcess) {
  switch (deed) {
    case 'completes':
      return undefined;
    case 'retries':
      return retry('busy');
    case 'acts, then retries':
      scene.ledger.do(key, action);
      return retry('no answer');
    case 'throws':
      throw new Error('broken');
    case 'declines':
      // Only what was not done before under this key can be declined.
      return action === 'pay' && !scene.ledger.has(key) ? failed('declined') : undefined;
    case 'takes long':
      await process.line.clock.sleep(3_000);
      return undefined;
    case 'waits a while':
      scene.ledger.do(key, action);
      return waiting({ until: '2s' });
    default:
      return unreachable(deed);
  }
}

async function run(course: Course): Promise<void> {
  const calls = new Map<Acted, number>();
  let undoings = 0;
  const behaviourOf =
    (action: Acted): RunBehaviour =>
    (call, process) => {
      const number = calls.get(action) ?? 0;
      calls.set(action, number + 1);
      return doDeed(scene, course.deeds[action][number] ?? 'completes', action, call.idempotencyKey, process);
    };
  const undo = (): CompensateOutcome | undefined => {
    undoings += 1;
    return undoings <= course.undoFails ? retry('not now') : undefined;
  };
  const scene = await CancelScene.open({
    run: Object.fromEntries(ACTIONS.map((action) => [action, behaviourOf(action)])),
    undo: Object.fromEntries(ORDER_ACTIONS.map((action) => [action, undo])),
    maxAttempts: 8,
    ...(course.deadline ? { definition: { deadline: '5s' as const } } : {}),
  });
  const { clock } = scene.line;
  const id = await scene.order();
  for (const death of course.deaths) arrange(scene, death);
  scene.launchPair(1);
  scene.launchPair(2);
  const begunAt = clock.monotonic();
  const requests: string[] = [];
  for (const at of [...course.requests].sort((one, other) => one - other)) {
    await clock.advance(Math.max(0, begunAt + at - clock.monotonic()));
    requests.push(await scene.cancel({ workflowId: id }));
  }
  await clock.advance(20_000);
  // Whoever is left goes on, and somebody is.
  scene.launchPair(9);
  const hasOpen = async (): Promise<boolean> =>
    (await scene.line.journal.findIntents([id], 10)).some(({ state }) => state === 'open');
  for (let look = 0; look < 60 && (!scene.line.isDrained || (await hasOpen())); look += 1) await clock.advance(5_000);
  expect(scene.line.describeDepths()).toBe('');
  await expectTrue(scene, id, requests);
}

describe('a cancelled order', () => {
  it(
    'has its true answer, is performed no more, and leaves what its end says, whatever happens',
    async () => {
      await fc.assert(fc.asyncProperty(courses, run), { numRuns: RUNS });
    },
    TEST_TIMEOUT_MS,
  );
});
