import type { Broker, OutgoingMessage } from '../../shared/broker/broker.ts';
import { DEFAULT_LADDER } from '../../shared/contract/delay-ladder.ts';
import type { Envelope } from '../../shared/contract/envelope.ts';
import { queueName, type Topology } from '../../shared/contract/topology.ts';
import { Unavailable } from '../../shared/core/errors.ts';
import { attemptId, definitionId, snapshotId } from '../../shared/core/names.ts';
import type { WorkflowDefinition } from '../../shared/core/workflow-definition.ts';
import { InMemoryStore } from '../../shared/journal/in-memory/index.ts';
import type { Journal } from '../../shared/journal/journal.ts';
import type { Attempt, Fate, Head, Snapshot } from '../../shared/journal/records.ts';
import type { Claimed } from '../../shared/runtime/claim.ts';
import { KnownIntents } from '../../shared/runtime/known-intents.ts';
import { createLine } from '../../shared/runtime/line-assembly.ts';
import { silentLog } from '../../shared/runtime/log.ts';
import { Metrics } from '../../shared/runtime/metrics.ts';
import { CallsUnderWay } from '../../shared/runtime/middleware/interruption.ts';
import type { PausePoint } from '../../shared/runtime/pause-points.ts';
import { rightUntil } from '../../shared/runtime/right-to-act.ts';
import { Sender } from '../../shared/runtime/sender.ts';
import type { StationContext } from '../../shared/runtime/station-context.ts';
import type { Visit } from '../../shared/runtime/visit.ts';
import { SeededRandom } from '../../shared/testing/seeded-random.ts';
import { settle, VirtualClock } from '../../shared/testing/virtual-clock.ts';
import { envelopeWith } from './calls.ts';
import { decodeEnvelope } from './decode-envelope.ts';
import { parcelWorkflow, type TestActionOptions, testAction } from './test-actions.ts';
import { NAMESPACE, RETENTION_MS } from './test-process.ts';

export const WORKFLOW_ID = envelopeWith().workflowId;
export const LIVENESS_MS = 5_000;

export interface BenchOptions extends TestActionOptions {
  readonly wrapJournal?: (journal: Journal) => Journal;
}

/**
 * A station that packs parcels, taken out of its line: its journal is in memory, and its broker only writes down what it is given.
 * So each part of a step's execution can be called alone.
 */
export class StationBench {
  readonly clock = new VirtualClock();
  readonly journal: Journal;
  readonly metrics = new Metrics();
  /** In the order in which they were confirmed. */
  readonly published: OutgoingMessage[] = [];
  /** What happened, in order: `event parked`, `sent 2/1`, `pause announced` … */
  readonly happened: string[] = [];
  readonly definition: WorkflowDefinition = parcelWorkflow();
  readonly context: StationContext;
  /** Actions that no station consumes. */
  readonly unroutable = new Set<string>();
  readonly pauses = new Map<PausePoint, () => Promise<void>>();
  /** What its process knows of open requests for cancellation. */
  readonly intents = new KnownIntents();

  constructor({ wrapJournal = (journal) => journal, ...options }: BenchOptions = {}) {
    const store = new InMemoryStore(this.clock);
    this.journal = store.connect();
    const { clock, metrics } = this;
    const random = new SeededRandom('bench');
    const line = {
      ...createLine({
        namespace: NAMESPACE,
        broker: this.#broker(),
        journal: wrapJournal(store.connect()),
        clock,
        random,
        log: silentLog,
        metrics,
        retentionMs: RETENTION_MS,
      }),
      ladder: DEFAULT_LADDER,
      points: { reached: (point: PausePoint) => this.#pause(point) },
    };
    const right = rightUntil(clock, random, new AbortController().signal);
    this.context = {
      line,
      right,
      sender: new Sender(line, right),
      workerId: 'worker-1',
      action: testAction('pack', undefined, options),
      livenessTimeoutMs: LIVENESS_MS,
      callsUnderWay: new CallsUnderWay(),
      held: new Map(),
      intents: this.intents,
      pause: (point) => this.#pause(point),
      settle: async (attempt, settlement) => {
        const stands = await line.journal.settleAttempt(attempt._id, { ...settlement, at: new Date(clock.now()) });
        return stands ?? settlement.fate;
      },
    };
  }

  /** A station with the parcel's head and definition in its journal. */
  static async open(options: BenchOptions = {}): Promise<StationBench> {
    const bench = new StationBench(options);
    const { name, version } = bench.definition;
    await bench.journal.insertHeads([bench.head()]);
    await bench.journal.registerDefinition({
      _id: definitionId(name, version),
      name,
      version,
      hash: '',
      definition: bench.definition,
      active: true,
      registeredAt: new Date(0),
    });
    return bench;
  }

  head(): Head {
    const startedAt = new Date(this.clock.now());
    const { workflowId, workflow, version, businessKey } = envelopeWith();
    const common = { _id: workflowId, workflowId, workflow, version, businessKey, startedAt };
    return { ...common, status: 'running', input: {}, source: '/test', eventId: businessKey };
  }

  visit(changed: Partial<Envelope> = {}, rest: Partial<Omit<Visit, 'envelope'>> = {}): Visit {
    return { envelope: envelopeWith(changed), definition: this.definition, alone: false, returns: 0, ...rest };
  }

  /** Puts attempts 1, 2, 3 … of a step into the journal; `undefined`: not settled. Their holder is `other`. */
  async attempts(step: number, fates: readonly (Fate | 'operator' | undefined)[], changed: Partial<Attempt> = {}) {
    const made = fates.map((fate, index): Attempt => {
      const attempt = index + 1;
      const at = new Date(this.clock.now());
      const kind = fate === 'operator' ? 'operator' : 'run';
      const settled = fate === 'operator' ? 'released' : fate;
      return {
        _id: attemptId(WORKFLOW_ID, step, attempt),
        workflowId: WORKFLOW_ID,
        step,
        attempt,
        kind,
        action: step === 1 ? 'pack' : 'send',
        worker: 'other',
        token: `token-${step}-${attempt}`,
        at,
        ...(settled ? { fate: settled, code: 'action-threw', reason: 'busy', settledAt: at } : {}),
        ...changed,
      };
    });
    await this.journal.insertAttempts(made);
    return made;
  }

  /** Decides a step in the journal: the first leads to `send`, the second to the end. */
  async decide(step: 1 | 2, changed: Partial<Snapshot> = {}): Promise<Snapshot> {
    const snapshot: Snapshot = {
      _id: snapshotId(WORKFLOW_ID, step),
      workflowId: WORKFLOW_ID,
      step,
      kind: 'run',
      action: step === 1 ? 'pack' : 'send',
      attempt: 1,
      worker: 'other',
      changes: { pack: 'late' },
      state: step === 1 ? 'packed' : 'sent',
      data: { pack: 'late' },
      next: step === 1 ? { action: 'send' } : { end: 'succeeded' },
      at: new Date(this.clock.now()),
      durationMs: 1,
      ...changed,
    };
    await this.journal.insertSnapshots([snapshot]);
    return snapshot;
  }

  /** The heartbeat of a holder, as fresh as it can be. */
  lives(worker = 'other'): Promise<void> {
    return this.journal.join({ _id: worker, host: 'test', pid: 1, actions: ['pack'] }, []);
  }

  claimed(attempt: Attempt, changed: Partial<Envelope> = {}): Claimed {
    return { kind: 'claimed', envelope: envelopeWith({ attempt: attempt.attempt, ...changed }), attempt };
  }

  async fateOf(step: number, attempt: number): Promise<Attempt | undefined> {
    const { attempts } = await this.journal.readStep(WORKFLOW_ID, step);
    return attempts.find((made) => made.attempt === attempt);
  }

  /** The envelopes that went out, with their way: at once, or by the ladder. */
  get sent(): readonly (Envelope & { delayed: boolean })[] {
    return this.published
      .filter(({ exchange }) => !exchange.endsWith('.events'))
      .map(({ body, exchange }) => ({ ...decodeEnvelope(body), delayed: exchange.includes('.delay.') }));
  }

  /** The lifecycle events that went out: their names and data. */
  get events(): readonly Record<string, unknown>[] {
    return this.published
      .filter(({ exchange }) => exchange.endsWith('.events'))
      .map(({ body }) => JSON.parse(body.toString()) as { type: string; data: Record<string, unknown> })
      .map(({ type, data }) => ({ name: type.replace('conveyor.workflow.', ''), ...data }));
  }

  /** By the digits in the routing key, milliseconds. */
  delayMsOf(index: number): number {
    const { routingKey } = this.published.filter(({ exchange }) => exchange.includes('.delay.'))[index] ?? {
      routingKey: '',
    };
    const digits = routingKey.split('.').filter((word) => /^[01]$/.test(word));
    return Number.parseInt(digits.join(''), 2) * DEFAULT_LADDER.unitMs;
  }

  #pause(point: PausePoint): Promise<void> | undefined {
    this.happened.push(`pause ${point}`);
    return this.pauses.get(point)?.();
  }

  /** Only what a sender uses, and what makes a station anew. */
  #broker(): Broker {
    const publish = async (message: OutgoingMessage): Promise<void> => {
      const { exchange, routingKey } = message;
      if ([...this.unroutable].some((action) => routingKey.endsWith(`.${action}`))) {
        throw new Unavailable('publish-unroutable', { exchange, routingKey });
      }
      await settle(); // the confirmation takes its time: what is done before it shows
      this.published.push(message);
      this.happened.push(exchange.endsWith('.events') ? `event ${routingKey}` : `sent ${message.messageId.slice(23)}`);
    };
    const declare = ({ queues }: Topology): Promise<void> => {
      for (const action of this.unroutable) {
        if (queues.some(({ name }) => name === queueName.work(NAMESPACE, action))) this.unroutable.delete(action);
      }
      return Promise.resolve();
    };
    return { publish, declare } as Partial<Broker> as Broker;
  }
}
