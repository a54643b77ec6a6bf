import { z } from 'zod';
import { delayRoute, ladderTopology } from '../../shared/contract/delay-ladder.ts';
import { ENVELOPE_CONTENT_TYPE, encodeEnvelope } from '../../shared/contract/envelope.ts';
import type { LifecycleEvent } from '../../shared/contract/lifecycle-event.ts';
import { startMessage } from '../../shared/contract/start-message.ts';
import { type NotificationRequest, notificationMessage } from '../../shared/contract/steward-event.ts';
import { exchangeName, lineTopology, queueName, stationTopology, waitAddress } from '../../shared/contract/topology.ts';
import type { Action, PollingSpec } from '../../shared/core/action.ts';
import type { PollCall } from '../../shared/core/action-calls.ts';
import { defineAction } from '../../shared/core/define-action.ts';
import { defineWorkflow } from '../../shared/core/define-workflow.ts';
import type { Duration } from '../../shared/core/duration.ts';
import type { JsonObject } from '../../shared/core/json.ts';
import { snapshotId } from '../../shared/core/names.ts';
import { type Outcome, type PollOutcome, pending, waiting } from '../../shared/core/outcome.ts';
import type { WorkflowDefinition } from '../../shared/core/workflow-definition.ts';
import type { Snapshot } from '../../shared/journal/records.ts';
import type { NotificationRecord, WaitRecord } from '../../shared/journal/wait-records.ts';
import { NotificationDesk } from '../../shared/runtime/steward/notification-desk.ts';
import { OverdueWaits } from '../../shared/runtime/steward/overdue-waits.ts';
import { Steward } from '../../shared/runtime/steward/steward.ts';
import { testAction } from './test-actions.ts';
import { TestLine, type TestLineOptions } from './test-line.ts';
import { TestPoints } from './test-points.ts';
import { NAMESPACE, type TestProcess } from './test-process.ts';

type Changes = { readonly bank?: string };
type Answer = PollOutcome<Changes, 'unpaid'>;
/** What `ask` says: mostly that it waits. */
export type Asked = Outcome<Changes, 'unpaid', 'confirmed' | 'other'>;

export interface WaitSceneOptions extends Pick<TestLineOptions, 'wrapBroker' | 'wrapJournal'> {
  /** What `ask` waits for. Default: the notification `confirmed`. */
  readonly waits?: () => Asked;
  readonly poll?: (call: PollCall<JsonObject>) => Promise<Answer> | Answer;
  readonly pollMany?: (calls: readonly PollCall<JsonObject>[]) => Promise<readonly Answer[]>;
  readonly polling?: PollingSpec;
  readonly timeout?: Duration;
  readonly concurrency?: number;
}

/** Payments: `ask` for one and wait, then `ship`; or `declined`, when nobody paid. */
export const paymentWorkflow = (): WorkflowDefinition =>
  defineWorkflow({
    name: 'payment',
    version: 1,
    input: z.object({ much: z.string().optional() }),
    actions: [askAction({}), testAction('ship')] as Action<'ask' | 'ship', 'unpaid'>[],
    initial: 'placed',
    announce: 'steps',
    states: {
      placed: { cancel: 'compensate', choices: [{ action: 'ask', to: 'paid', onFailure: { unpaid: 'declined' } }] },
      paid: { cancel: { refuse: 'it is paid' }, choices: [{ action: 'ship', to: 'shipped' }] },
      shipped: { end: 'succeeded' },
      declined: { end: 'failed' },
    },
  });

function askAction(options: WaitSceneOptions): Action {
  const { poll = () => pending(), pollMany, polling, waits } = options;
  return defineAction({
    name: 'ask',
    input: z.object({}),
    changes: z.object({ bank: z.string().optional() }),
    failures: ['unpaid'],
    notifications: { confirmed: z.object({ bank: z.string() }), other: z.object({}) },
    timeout: options.timeout ?? '10s',
    concurrency: options.concurrency ?? 10,
    ...(polling ? { polling } : {}),
    run: async (): Promise<Asked> => waits?.() ?? waiting({ notification: 'confirmed' }),
    ...(pollMany ? { pollMany } : { poll: async (call: PollCall<JsonObject>): Promise<Answer> => poll(call) }),
  });
}

/** The payment workflow on a line in memory with a steward, in virtual time. */
export class WaitScene {
  readonly line: TestLine;
  readonly points = new TestPoints();
  /** Every lifecycle event, as `waiting 1` (event, step). */
  readonly events: string[] = [];
  /** Workflows that were announced to have ended. */
  ends = 0;
  readonly #options: WaitSceneOptions;
  #stewards = 0;

  private constructor(options: WaitSceneOptions) {
    this.#options = options;
    const { wrapBroker, wrapJournal } = options;
    this.line = new TestLine({ points: this.points, wrapBroker, wrapJournal });
  }

  static async open(options: WaitSceneOptions = {}): Promise<WaitScene> {
    const scene = new WaitScene(options);
    await scene.line.prepare([paymentWorkflow()]);
    await scene.#watchEvents();
    await scene.line.addIntake('intake');
    return scene;
  }

  /** A worker that hosts both actions. */
  worker(id: string): Promise<TestProcess> {
    return this.line.addWorker([askAction(this.#options), testAction('ship')], id);
  }

  /** A steward that takes notifications and looks for overdue waits. */
  async steward(id = `steward-${++this.#stewards}`): Promise<TestProcess> {
    const { process } = this.line.addOperator(id);
    const unexpected = { take: () => Promise.reject(new Error('nobody sends this')) };
    const steward = new Steward(process.line, {
      worker: id,
      work: (acting) => ({
        notifications: new NotificationDesk(acting),
        cancellations: unexpected,
        returned: unexpected,
        rounds: [new OverdueWaits(acting)],
      }),
    });
    await this.line.until(process.run(steward));
    return process;
  }

  /** A workflow that waits. */
  async waitingOrder(businessKey = 'order', data: JsonObject = {}): Promise<string> {
    const id = await this.line.start('payment', businessKey, data);
    await this.until(async () => (await this.wait(id))?.open === true && (await this.status(id)) === 'waiting');
    return id;
  }

  /** Starts as many workflows at once; their business keys are 0, 1, 2 … */
  async startMany(count: number): Promise<void> {
    const messages = Array.from({ length: count }, (_, number) =>
      startMessage(NAMESPACE, {
        workflow: 'payment',
        businessKey: `${number}`,
        source: '/test',
        id: `${number}`,
        data: {},
      }),
    );
    await this.line.until(Promise.all(messages.map((message) => this.line.broker.publish(message))));
  }

  /** Sends a notification; `bank` is who confirmed. */
  async notify(id: string, request: Partial<NotificationRequest> & JsonObject = {}, bank = 'bank'): Promise<void> {
    const target = { businessKey: 'order', name: 'confirmed', source: '/bank', id, data: { bank } };
    const message = notificationMessage(NAMESPACE, { ...target, ...request });
    await this.line.until(this.line.broker.publish(message));
  }

  async wait(workflowId: string, step = 1): Promise<WaitRecord | null> {
    return (await this.line.journal.readWaits([snapshotId(workflowId, step)]))[0] ?? null;
  }

  async status(workflowId: string): Promise<string | undefined> {
    return (await this.line.journal.readHead(workflowId))?.status;
  }

  async snapshot(workflowId: string, step = 1): Promise<Snapshot | undefined> {
    return (await this.line.history(workflowId)).snapshots.find((snapshot) => snapshot.step === step);
  }

  async notifications(): Promise<readonly NotificationRecord[]> {
    return this.line.journal.findNotifications({}, 100);
  }

  /** Tickets on their way or in a queue, and everything else that is. */
  get underWay(): number {
    return [...this.line.server.depths()]
      .filter(([queue]) => !queue.endsWith('.dead'))
      .reduce((sum, [, { ready, unacknowledged }]) => sum + ready + unacknowledged, 0);
  }

  /** Messages that were set aside. */
  get dead(): number {
    return this.line.server.depths().get(`${NAMESPACE}.dead`)?.ready ?? 0;
  }

  /** A copy of the message of the attempt that waits. */
  async sendAgain(wait: WaitRecord): Promise<void> {
    const { workflowId, workflow, version, businessKey, step, attempt, action, state } = wait;
    const place = { workflowId, workflow, version, businessKey, step, attempt, action, state };
    const envelope = { specversion: '1.0', kind: 'run', failures: 0, ...place } as const;
    const body = encodeEnvelope({ ...envelope, data: {}, sentAt: this.line.clock.now() });
    const way = { exchange: exchangeName.work(NAMESPACE), routingKey: `${workflow}.${action}`, mandatory: true };
    const message = { ...way, body, contentType: ENVELOPE_CONTENT_TYPE, messageId: 'copy' };
    await this.line.until(this.line.broker.publish(message));
  }

  /** A copy of a wait's ticket. */
  sendTicket(wait: WaitRecord, delayMs: number, headers: Readonly<Record<string, number>> = {}): Promise<void> {
    const { workflowId, workflow, version, businessKey, step, ticket, action, state } = wait;
    const copy = { workflowId, workflow, version, businessKey, step, ticket, action, state };
    return this.sendTicketBody(JSON.stringify({ specversion: '1.0', ...copy }), delayMs, headers);
  }

  /** Everything that rests on the delay ladder is gone for good. */
  async loseLadder(): Promise<void> {
    const ladder = ladderTopology(NAMESPACE);
    for (const { name } of ladder.queues) this.line.server.removeQueue(name);
    await this.line.until(this.line.broker.declare(lineTopology(NAMESPACE, ladder)));
  }

  /** The wait queue of `ask` loses all that stands in it. Only while nobody consumes it. */
  async loseQueue(): Promise<void> {
    this.line.server.removeQueue(queueName.wait(NAMESPACE, 'ask'));
    await this.line.until(this.line.broker.declare(stationTopology(NAMESPACE, 'ask')));
  }

  /** A message as somebody else may send it, into the wait queue of `ask`. */
  async sendTicketBody(body: string, delayMs = 0, headers: Readonly<Record<string, number>> = {}): Promise<void> {
    const { exchange, routingKey } = delayRoute(NAMESPACE, delayMs, waitAddress('ask'));
    const message = { exchange, routingKey, body: Buffer.from(body), contentType: 'application/json', mandatory: true };
    await this.line.until(this.line.broker.publish({ ...message, headers, messageId: 'ticket' }));
  }

  /** Moves time on, in steps, until a fact of the journal holds. */
  async until(fact: () => Promise<boolean>, limitMs = 300_000, stepMs = 50): Promise<void> {
    for (let waited = 0; !(await fact()); waited += stepMs) {
      if (waited > limitMs) throw new Error(`the fact did not come to hold within ${limitMs} ms`);
      await this.line.clock.advance(stepMs);
    }
  }

  async #watchEvents(): Promise<void> {
    const queue = `${NAMESPACE}.watch`;
    await this.line.broker.declare({
      exchanges: [],
      queues: [{ name: queue }],
      bindings: [{ from: exchangeName.events(NAMESPACE), to: { queue }, pattern: '#' }],
    });
    await this.line.broker.consume(queue, {
      prefetch: 100,
      onDelivery: (delivery) => {
        const { type, data } = JSON.parse(delivery.body.toString()) as LifecycleEvent; // published by the engine
        const event = type.slice('conveyor.workflow.'.length);
        this.events.push(`${event} ${data.step}`);
        if (event === 'succeeded' || event === 'failed') this.ends += 1;
        delivery.ack();
      },
    });
  }
}
