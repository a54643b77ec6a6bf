import { z } from 'zod';
import { eventKeyOf } from '../../shared/contract/cloud-event.ts';
import { cancellationMessage } from '../../shared/contract/steward-event.ts';
import { queueName, stationTopology } from '../../shared/contract/topology.ts';
import type { Action } from '../../shared/core/action.ts';
import type { ActionCall, CompensateCall } from '../../shared/core/action-calls.ts';
import type { CancelAnswer } from '../../shared/core/cancellation.ts';
import { defineAction } from '../../shared/core/define-action.ts';
import { defineWorkflow } from '../../shared/core/define-workflow.ts';
import { type CompensateOutcome, completed, type Outcome } from '../../shared/core/outcome.ts';
import type { WorkflowDefinition } from '../../shared/core/workflow-definition.ts';
import type { Journal } from '../../shared/journal/journal.ts';
import { CancellationDesk } from '../../shared/runtime/steward/cancellation-desk.ts';
import { Cancellations } from '../../shared/runtime/steward/cancellations.ts';
import { OpenRequests } from '../../shared/runtime/steward/open-requests.ts';
import { PassedDeadlines } from '../../shared/runtime/steward/passed-deadlines.ts';
import { Steward } from '../../shared/runtime/steward/steward.ts';
import { UnattendedRequests } from '../../shared/runtime/steward/unattended-requests.ts';
import { type Launched, LIVENESS_TIMEOUT_MS, TestLine } from './test-line.ts';
import { TestPoints } from './test-points.ts';
import { NAMESPACE, type TestProcess } from './test-process.ts';

export const ORDER_ACTIONS = ['reserve', 'pay', 'ship', 'confirm', 'take-back'] as const;
export type OrderAction = (typeof ORDER_ACTIONS)[number];

type Result = Outcome<object, 'declined', 'paid-late'>;
export type RunBehaviour = (
  call: ActionCall<object>,
  process: TestProcess,
) => Promise<Result | undefined> | Result | undefined;
export type UndoBehaviour = (
  call: CompensateCall<object, object>,
  process: TestProcess,
) => Promise<CompensateOutcome | undefined> | CompensateOutcome | undefined;

/** What differs from the usual order. */
export interface OrderOptions extends Partial<Pick<WorkflowDefinition, 'deadline'>> {
  /** What a cancellation means once it is paid. Default: to undo it. */
  readonly paid?: 'compensate' | { readonly refuse: string };
}

export interface CancelSceneOptions {
  /** What an action does before it acts; what it returns is its outcome instead of completing. */
  readonly run?: Partial<Record<OrderAction, RunBehaviour>>;
  readonly undo?: Partial<Record<OrderAction, UndoBehaviour>>;
  readonly maxAttempts?: number;
  readonly wrapJournal?: (journal: Journal, process: TestProcess) => Journal;
  readonly definition?: OrderOptions;
  readonly seed?: string;
}

const NONE = z.object({});

/** An action of the order, with what it does and undoes. */
export function orderAction(
  name: OrderAction,
  run: (call: ActionCall<object>) => Promise<Result>,
  undo: (call: CompensateCall<object, object>) => Promise<CompensateOutcome>,
  maxAttempts: number,
): Action<OrderAction, 'declined'> {
  return defineAction({
    name,
    input: NONE,
    changes: z.object({ [name]: z.string().optional() }),
    failures: ['declined'],
    notifications: { 'paid-late': z.object({ [name]: z.string().optional() }) },
    timeout: '10s',
    retry: { maxAttempts, backoff: '1s', maxBackoff: '1s' },
    run: (call) => run(call) as Promise<Outcome<Record<string, string>, 'declined', 'paid-late'>>, // changes are `{ [name]: … }`
    compensate: (call) => undo(call as CompensateCall<object, object>), // which changes does not matter to a ledger
  });
}

/** An order: undone at first, sent another way once it is shipped, refused on that way. */
export const orderWorkflow = ({ paid = 'compensate', ...more }: OrderOptions = {}): WorkflowDefinition =>
  defineWorkflow({
    name: 'order',
    version: 1,
    input: NONE,
    actions: ORDER_ACTIONS.map((name) =>
      orderAction(
        name,
        () => Promise.resolve(completed({})),
        () => Promise.resolve(completed({})),
        3,
      ),
    ),
    initial: 'placed',
    announce: 'steps',
    ...more,
    states: {
      placed: { cancel: 'compensate', choices: [{ action: 'reserve', to: 'reserved' }] },
      reserved: {
        cancel: 'compensate',
        choices: [{ action: 'pay', to: 'paid', onFailure: { declined: 'compensate' } }],
      },
      paid: { cancel: paid, choices: [{ action: 'ship', to: 'shipped' }] },
      shipped: { cancel: { to: 'returning' }, choices: [{ action: 'confirm', to: 'delivered' }] },
      returning: { cancel: { refuse: 'it is on its way back' }, choices: [{ action: 'take-back', to: 'returned' }] },
      delivered: { end: 'succeeded' },
      returned: { end: 'cancelled' },
    },
  });

/** What happened downstream. It honours keys: the same effect twice is one. What is done after it was undone stands, as it would there. */
export class Ledger {
  readonly #done = new Map<string, OrderAction>();

  do(key: string, action: OrderAction): void {
    this.#done.set(key, action);
  }

  undo(key: string): void {
    this.#done.delete(key);
  }

  has(key: string): boolean {
    return this.#done.has(key);
  }

  /** The actions whose effects stand. */
  get left(): readonly OrderAction[] {
    return [...this.#done.values()];
  }
}

/** The order workflow on a line in memory, with stewards that cancel. */
export class CancelScene {
  readonly line: TestLine;
  readonly points = new TestPoints();
  readonly ledger = new Ledger();
  /** Every performance, as `worker-1 pay 1`, and every undoing, as `worker-1 undo pay 2 committed`, with the attempt. */
  readonly performed: string[] = [];
  readonly #options: CancelSceneOptions;
  #requests = 0;

  private constructor(options: CancelSceneOptions) {
    this.#options = options;
    this.line = new TestLine({ points: this.points, wrapJournal: options.wrapJournal });
  }

  static async open(options: CancelSceneOptions = {}): Promise<CancelScene> {
    const scene = new CancelScene(options);
    await scene.line.prepare([orderWorkflow(options.definition)]);
    for (const action of ORDER_ACTIONS) await scene.line.broker.declare(stationTopology(NAMESPACE, action));
    return scene;
  }

  worker(id: string, names: readonly OrderAction[] = ORDER_ACTIONS): Promise<TestProcess> {
    return this.line.addWorker((process) => names.map((name) => this.#action(name, process)), id);
  }

  /** A worker whose build of the actions has lost their `compensate`. */
  forgetfulWorker(id: string): Promise<TestProcess> {
    const kept = (action: Action) => Object.entries(action).filter(([field]) => field !== 'compensate');
    // The only field that is gone may be missing.
    const forget = (action: Action): Action => Object.fromEntries(kept(action)) as unknown as Action;
    return this.line.addWorker((process) => ORDER_ACTIONS.map((name) => forget(this.#action(name, process))), id);
  }

  /** A worker and a steward that begin, and may die at once. */
  launchPair(number: number): void {
    const hosted = (process: TestProcess) => ORDER_ACTIONS.map((name) => this.#action(name, process));
    const { started } = this.line.launchWorker(hosted, `worker-${number}`);
    started.catch(() => {}); // it died over it
    this.#launchSteward(`steward-${number}`, true).started.catch(() => {});
  }

  steward(id = 'steward-1', withRounds = true): Promise<TestProcess> {
    const { process, started } = this.#launchSteward(id, withRounds);
    return this.line.until(started.then(() => process));
  }

  #launchSteward(id: string, withRounds: boolean): Launched {
    const { process } = this.line.addOperator(id);
    const steward = new Steward(process.line, {
      worker: id,
      work: (acting) => {
        const cancellations = new Cancellations(acting, { livenessTimeoutMs: LIVENESS_TIMEOUT_MS });
        const requests = new OpenRequests(acting);
        return {
          notifications: { take: () => Promise.resolve() },
          cancellations: new CancellationDesk(acting, cancellations, requests),
          returned: { take: () => Promise.resolve() },
          rounds: withRounds
            ? [
                new UnattendedRequests(acting, cancellations, requests),
                new PassedDeadlines(acting, cancellations, requests),
              ]
            : [],
        };
      },
    });
    return { process, started: process.run(steward) };
  }

  /** A started order; its first envelope stands in the queue of `reserve`. */
  async order(businessKey = 'order'): Promise<string> {
    const intake = await this.line.addIntake();
    const queue = queueName.work(NAMESPACE, 'reserve');
    const before = this.#depthOf(queue);
    const workflowId = await this.line.start('order', businessKey);
    await this.line.clock.runUntil(() => this.#depthOf(queue) > before, 60_000);
    await this.line.until(intake.stop());
    return workflowId;
  }

  /** Publishes a request; resolves to its id when the broker has confirmed it. */
  async cancel(target: { workflowId: string } | { businessKey: string }, id?: string): Promise<string> {
    this.#requests += 1;
    const eventId = id ?? `request-${this.#requests}`;
    const sent = { source: '/test', id: eventId, workflow: 'order', reason: 'changed my mind' };
    await this.line.until(this.line.broker.publish(cancellationMessage(NAMESPACE, { ...target, ...sent })));
    return eventKeyOf('/test', eventId);
  }

  async answerTo(intentId: string): Promise<CancelAnswer | undefined> {
    return (await this.line.journal.readIntent(intentId))?.answer;
  }

  /** Moves time on until the request has its answer. */
  async answered(intentId: string, limitMs = 120_000): Promise<CancelAnswer> {
    const end = this.line.clock.monotonic() + limitMs;
    for (;;) {
      const answer = await this.answerTo(intentId);
      if (answer) return answer;
      if (this.line.clock.monotonic() > end) throw new Error(`request ${intentId} was not answered`);
      await this.line.clock.advance(100);
    }
  }

  async status(workflowId: string): Promise<string> {
    return (await this.line.history(workflowId)).head.status;
  }

  #depthOf(queue: string): number {
    const depth = this.line.server.depths().get(queue);
    return (depth?.ready ?? 0) + (depth?.unacknowledged ?? 0);
  }

  #action(name: OrderAction, process: TestProcess): Action {
    const { run, undo, maxAttempts = 3 } = this.#options;
    return orderAction(
      name,
      async (call) => {
        this.performed.push(`${process.id} ${name} ${call.attempt}`);
        const outcome = await run?.[name]?.(call, process);
        if (outcome && outcome.kind !== 'completed') return outcome;
        this.ledger.do(call.idempotencyKey, name);
        return outcome ?? completed({ [name]: call.idempotencyKey });
      },
      async (call) => {
        this.performed.push(`${process.id} undo ${name} ${call.attempt} ${call.performed}`);
        const outcome = await undo?.[name]?.(call, process);
        if (outcome && outcome.kind !== 'completed') return outcome;
        this.ledger.undo(call.undoneKey);
        return completed({});
      },
      maxAttempts,
    );
  }
}

/** Everything has come to rest, and the journal is in order. */
export async function expectInOrder(scene: CancelScene, ids: readonly string[]): Promise<void> {
  await scene.line.untilDrained();
  const { violations } = await scene.line.audit(ids);
  if (violations.length > 0) throw new Error(violations.map(({ problem }) => problem).join('\n'));
}
