// A process may die between any two lines. For every pause point and every outcome of an action, one dies exactly there; another
// one takes over, and what is left is in order: each step decided once, no gap, ended or parked as it must be, each effect once.
import { describe, expect, it } from '@jest/globals';
import { stationTopology } from '../../shared/contract/topology.ts';
import type { ActionCall } from '../../shared/core/action-calls.ts';
import { completed, failed, type Outcome, retry } from '../../shared/core/outcome.ts';
import { PAUSE_POINTS, type PausePoint } from '../../shared/runtime/pause-points.ts';
import { Scene, type SceneBehaviour } from '../support/scene.ts';
import { undeclared } from '../support/scene-checks.ts';
import { NAMESPACE, type TestProcess } from '../support/test-process.ts';

interface Case {
  /** What the action says in its first attempt; from the second on it completes, unless it is `always` so. */
  readonly first: (call: ActionCall<object>, process: TestProcess) => Promise<Outcome> | Outcome;
  readonly always?: boolean;
  /** The step at which somebody dies. */
  readonly step: 1 | 2;
  readonly status: 'succeeded' | 'failed' | 'parked';
  /** Points that this outcome does not come to: what ends or parks a workflow has no successor. */
  readonly passesBy?: readonly PausePoint[];
}

const OUTCOMES: Readonly<Record<string, Case>> = {
  completed: { first: (call) => done(call), step: 1, status: 'succeeded' },
  'completed, an end': {
    first: (call) => done(call),
    step: 2,
    status: 'succeeded',
    passesBy: ['announced'],
  },
  failed: { first: () => failed('refused'), always: true, step: 1, status: 'failed', passesBy: ['announced'] },
  retry: { first: () => retry('busy'), step: 1, status: 'succeeded' },
  threw: { first: () => Promise.reject(new Error('broken')), step: 1, status: 'succeeded' },
  'timed out': {
    first: (_, { line }) => line.clock.sleep(60_000).then(() => retry('late')),
    step: 1,
    status: 'succeeded',
  },
  'exhausted, parked': {
    first: () => retry('busy'),
    always: true,
    step: 1,
    status: 'parked',
    passesBy: ['announced'],
  },
  'broken, parked': { first: undeclared, always: true, step: 1, status: 'parked', passesBy: ['announced'] },
};

type Who = 'holder' | 'successor' | 'intake' | 'canceller' | 'waiter' | 'steward';

/**
 * Who dies at which point. Whoever adds a point says here who comes there. Those who cancel, wait and undo have files of their own:
 * `cancellation.every-line`, `waits.every-line`, `compensation.every-line`, `steward.every-line`.
 */
const POINTS: Readonly<Record<PausePoint, Who>> = {
  received: 'holder',
  claiming: 'holder',
  claimed: 'holder',
  performing: 'holder',
  performed: 'holder',
  recorded: 'holder',
  announced: 'holder',
  withheld: 'canceller',
  followed: 'holder',
  acknowledged: 'holder',
  inspecting: 'successor',
  'holder-judged': 'successor',
  'start-accepted': 'intake',
  'head-inserted': 'intake',
  'start-announced': 'intake',
  'parking-recorded': 'steward',
  'parking-announced': 'holder',
  'intent-inserted': 'canceller',
  'position-read': 'canceller',
  'grace-over': 'canceller',
  'course-read': 'canceller',
  'intent-pinned': 'canceller',
  'cancel-numbered': 'canceller',
  'cancel-decided': 'canceller',
  'cancel-followed': 'canceller',
  'intent-closed': 'canceller',
  'intent-put-away': 'canceller',
  'wait-inserted': 'waiter',
  'wait-shown': 'waiter',
  'ticket-sent': 'waiter',
  polled: 'waiter',
  'ticket-advanced': 'waiter',
  'wait-completing': 'waiter',
  'wait-completed': 'waiter',
  'wait-followed': 'waiter',
  'notification-used': 'waiter',
  'notification-kept': 'waiter',
  'head-put-right': 'steward',
  'message-noted': 'steward',
  'message-redriven': 'steward',
  'workflows-removed': 'steward',
};

const done = ({ idempotencyKey }: Pick<ActionCall<object>, 'idempotencyKey'>): Outcome =>
  completed({ [idempotencyKey.endsWith('/00001') ? 'pack' : 'send']: `effect of ${idempotencyKey}` });

/** What happened downstream: by action, the effect under each key. */
type Ledger = Map<string, Set<string>>;

/** A line whose actions keep a ledger, as a downstream does that honours the key: the same key again is the same effect. */
async function openScene({ first, always, step }: Case): Promise<{ scene: Scene; ledger: Ledger }> {
  const ledger: Ledger = new Map([
    ['pack', new Set()],
    ['send', new Set()],
  ]);
  const behave =
    (action: 'pack' | 'send', itsStep: number): SceneBehaviour =>
    async (call, process) => {
      const isStaged = itsStep === step && (always === true || call.attempt === 1);
      const outcome = isStaged ? await first(call, process) : done(call);
      if (outcome.kind === 'completed') ledger.get(action)?.add(`effect of ${call.idempotencyKey}`);
      return outcome;
    };
  const limits = { maxAttempts: 2, timeout: '2s' } as const;
  const scene = await Scene.open({ pack: behave('pack', 1), send: behave('send', 2), limits });
  await scene.line.broker.declare(stationTopology(NAMESPACE, 'pack'));
  return { scene, ledger };
}

/** Whether a process came to the point at which it is to die. */
class Doom {
  readonly #scene: Scene;
  readonly #id: string;

  /** Before the process exists: it may come to the point as soon as it does. */
  constructor(scene: Scene, id: string, point: PausePoint, step: number) {
    this.#scene = scene;
    this.#id = id;
    scene.points.once(point, { worker: id, step }, () => {
      this.#process?.die();
      return undefined;
    });
  }

  /** True: it is dead. False: everything is at rest, and it did not come there. */
  async hasCome(): Promise<boolean> {
    await this.#scene.when(() => this.#process?.isDead === true || this.#scene.line.isDrained);
    return this.#process?.isDead === true;
  }

  get #process(): TestProcess | undefined {
    return this.#scene.line.processes.find(({ id }) => id === this.#id);
  }
}

async function expectInOrder(scene: Scene, id: string, { status }: Case, ledger: Ledger): Promise<void> {
  await scene.line.untilDrained();
  const { head, snapshots } = await scene.line.history(id);
  expect(head.status).toBe(status);
  expect((await scene.line.audit([id])).violations).toEqual([]);
  expect(await scene.line.broker.depth(`${NAMESPACE}.dead`)).toBe(0);
  for (const { action, changes, failure } of snapshots) {
    const effects = [...(ledger.get(action) ?? [])];
    expect(effects).toEqual(failure ? [] : [changes[action]]);
  }
  const all = [...ledger.values()].flatMap((effects) => [...effects]);
  expect(new Set(all).size).toBe(all.length);
}

describe('the list of places where a process can die', () => {
  it('is the one in the code', () => {
    expect(Object.keys(POINTS).sort()).toEqual([...PAUSE_POINTS].sort());
  });
});

describe.each(Object.entries(OUTCOMES))('%s', (_, outcome) => {
  const pointsOf = (who: string): PausePoint[] => PAUSE_POINTS.filter((point) => POINTS[point] === who);
  const comesTo = (point: PausePoint): boolean =>
    !outcome.passesBy?.includes(point) && (point !== 'parking-announced' || outcome.status === 'parked');

  it.each(pointsOf('holder'))('a worker dies at "%s"', async (point) => {
    const { scene, ledger } = await openScene(outcome);
    const id = await scene.parcel();
    const doom = new Doom(scene, 'holder', point, outcome.step);
    const holder = await scene.worker('holder');
    expect(await doom.hasCome()).toBe(comesTo(point));
    holder.die();
    await scene.worker('second');
    await expectInOrder(scene, id, outcome, ledger);
  });

  for (const state of ['performed', 'recorded'] as const) {
    it.each(pointsOf('successor'))(
      `a worker that finds an attempt whose holder died "${state}" dies at "%s"`,
      async (point) => {
        const { scene, ledger } = await openScene(outcome);
        const id = await scene.parcel();
        const holder = new Doom(scene, 'holder', state, outcome.step);
        await scene.worker('holder');
        expect(await holder.hasCome()).toBe(true);
        const successor = new Doom(scene, 'successor', point, outcome.step);
        await scene.worker('successor');
        // What is known for certain is not judged: only an open attempt comes to the second point.
        expect(await successor.hasCome()).toBe(point === 'inspecting' || state === 'performed');
        await scene.worker('third');
        await expectInOrder(scene, id, outcome, ledger);
      },
    );
  }

  it.each(pointsOf('intake'))('an intake dies at "%s"', async (point) => {
    const { scene, ledger } = await openScene(outcome);
    const doom = new Doom(scene, 'intake', point, 1);
    await scene.line.addIntake('intake');
    const id = await scene.line.start('parcel', 'parcel');
    expect(await doom.hasCome()).toBe(true);
    await scene.line.addIntake('second-intake');
    await scene.worker('worker');
    await expectInOrder(scene, id, outcome, ledger);
  });
});
