import type { Broker, OutgoingMessage } from '../../shared/broker/broker.ts';
import { ENVELOPE_CONTENT_TYPE, type Envelope, encodeEnvelope, envelopeId } from '../../shared/contract/envelope.ts';
import type { LifecycleEvent } from '../../shared/contract/lifecycle-event.ts';
import type { Probe } from '../../shared/contract/probe.ts';
import { exchangeName, stationTopology } from '../../shared/contract/topology.ts';
import type { Journal } from '../../shared/journal/journal.ts';
import { onCall } from './on-call.ts';
import { type Behaviour, parcelWorkflow, type TestActionOptions, testAction } from './test-actions.ts';
import { TestLine } from './test-line.ts';
import { TestPoints } from './test-points.ts';
import { NAMESPACE, type TestProcess } from './test-process.ts';

type ActionName = 'pack' | 'send';

export type SceneBehaviour = (call: Parameters<Behaviour>[0], process: TestProcess) => ReturnType<Behaviour>;

export interface SceneOptions {
  /** What the two actions do, in which process; default: they complete. */
  readonly pack?: SceneBehaviour;
  readonly send?: SceneBehaviour;
  readonly limits?: TestActionOptions;
  readonly wrapJournal?: (journal: Journal, process: TestProcess) => Journal;
  readonly wrapBroker?: (broker: Broker, process: TestProcess) => Broker;
}

/** The parcel workflow on a line in memory, with everything in view that a test asks about. */
export class Scene {
  readonly line: TestLine;
  readonly points = new TestPoints();
  /** Every performance, as `worker-1 pack 1` (process, action, attempt). */
  readonly performed: string[] = [];
  /** Every envelope that a process has sent, as `worker-1 1/2` (process, step, attempt), and every probe, as `steward-1 probe`. */
  readonly sent: string[] = [];
  /** Every lifecycle event, as `advanced 1` (event, step). */
  readonly events: string[] = [];
  readonly #options: SceneOptions;

  private constructor(options: SceneOptions) {
    this.#options = options;
    this.line = new TestLine({
      points: this.points,
      wrapJournal: options.wrapJournal,
      wrapBroker: (broker, process) => this.#overheard(options.wrapBroker?.(broker, process) ?? broker, process),
    });
  }

  static async open(options: SceneOptions = {}): Promise<Scene> {
    const scene = new Scene(options);
    await scene.line.prepare([parcelWorkflow()]);
    await scene.#watchEvents();
    return scene;
  }

  /** A worker that hosts both actions, or only these. */
  worker(id: string, names: readonly ActionName[] = ['pack', 'send']): Promise<TestProcess> {
    return this.line.addWorker(
      (process) =>
        names.map((name) => testAction(name, this.#noted(process, name, this.#options[name]), this.#options.limits)),
      id,
    );
  }

  /** A started workflow: its first envelope stands in the queue of `pack`. */
  async parcel(businessKey = 'parcel'): Promise<string> {
    await this.line.broker.declare(stationTopology(NAMESPACE, 'pack'));
    const intake = await this.line.addIntake();
    const before = this.atStation('pack');
    const workflowId = await this.line.start('parcel', businessKey);
    await this.when(() => this.atStation('pack') > before);
    await this.line.until(intake.stop());
    return workflowId;
  }

  /** Sends a copy of the message of an attempt. */
  async send(workflowId: string, step: number, attempt: number, more: Partial<Envelope> = {}): Promise<void> {
    const action = step === 1 ? 'pack' : 'send';
    const envelope: Envelope = {
      specversion: '1.0',
      workflowId,
      workflow: 'parcel',
      version: 1,
      businessKey: 'parcel',
      step,
      attempt,
      failures: 0,
      kind: 'run',
      action,
      state: step === 1 ? 'placed' : 'packed',
      data: {},
      sentAt: this.line.clock.now(),
      ...more,
    };
    const message: OutgoingMessage = {
      exchange: exchangeName.work(NAMESPACE),
      routingKey: `parcel.${action}`,
      body: encodeEnvelope(envelope),
      contentType: ENVELOPE_CONTENT_TYPE,
      messageId: envelopeId(envelope),
      mandatory: true,
    };
    await this.line.until(this.line.broker.publish(message));
  }

  /** Ready and unacknowledged messages at a station. */
  atStation(action: ActionName): number {
    const depth = this.line.server.depths().get(`${NAMESPACE}.work.${action}`);
    return (depth?.ready ?? 0) + (depth?.unacknowledged ?? 0);
  }

  /** Moves time on until a fact holds. */
  async when(fact: () => boolean): Promise<void> {
    await this.line.clock.runUntil(fact, 300_000);
  }

  #noted(process: TestProcess, action: string, behave: SceneBehaviour | undefined): Behaviour {
    return (call) => {
      this.performed.push(`${process.id} ${action} ${call.attempt}`);
      return behave ? behave(call, process) : { kind: 'completed', changes: { [action]: 'done' } };
    };
  }

  #overheard(broker: Broker, process: TestProcess): Broker {
    return onCall(broker, 'publish', async (call, [message]) => {
      await call();
      const { contentType, body } = message as OutgoingMessage; // what publish is given
      if (contentType !== ENVELOPE_CONTENT_TYPE) return;
      const decoded = JSON.parse(body.toString()) as Envelope | Probe; // made by their encoders
      const what = decoded.kind === 'probe' ? 'probe' : `${decoded.step}/${decoded.attempt}`;
      this.sent.push(`${process.id} ${what}`);
    });
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
        this.events.push(`${type.slice('conveyor.workflow.'.length)} ${data.step}`);
        delivery.ack();
      },
    });
  }
}
