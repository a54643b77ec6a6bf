import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { CATALOGUE } from '../core/errors.ts';
import type { Outcome } from '../core/outcome.ts';
import type { CompletedBy } from '../core/wait.ts';
import type { EndStatus } from '../core/workflow-definition.ts';
import { VERSION } from './version.ts';

/** How the performing of an action ended: its outcome, or what came instead of one. */
export type ActionResult = Outcome['kind'] | 'timed-out' | 'aborted' | 'invalid';

/** What a poll said of one wait, or what came instead of an answer. */
export type PollResult = 'completed' | 'failed' | 'pending' | 'threw' | 'timed-out' | 'invalid';

/** What became of a notification when it came. */
export type NotificationResult = 'used' | 'kept' | 'late' | 'refused' | 'duplicate';

/** What became of a start event. `delayed`: its definition is not registered yet. */
export type StartResult = 'started' | 'duplicate' | 'refused' | 'delayed';

/** Stands for every label value that is not from a bounded set. */
const OTHER = 'other';

const ACTION_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1200];
const LATENCY_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300, 900, 3600];
const WORKFLOW_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300, 1800, 3600, 21600, 86400, 604800, 2592000];
const BATCH_SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/**
 * The metrics of one process, in a registry of their own. The only file that knows prom-client.
 *
 * Ends, retries and parkings are counted once, by the process that recorded the decision, however often it is followed through.
 *
 * Every label is from a bounded set: names of hosted actions and of registered definitions, kinds, and the codes of the
 * catalogue; anything else is counted as `other`. Recording costs 0.2 µs for a counter and 0.5 µs for a histogram,
 * measured; cached children cost the same, as prom-client looks the labels up again, and so there is neither a cache nor a silent
 * stand-in: tests and the simulation use an instance that nobody reads.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #actionDuration = this.#histogram(
    'conveyor_action_duration_seconds',
    'How long actions worked.',
    ['action', 'kind', 'outcome'],
    ACTION_SECONDS,
  );
  readonly #stepLatency = this.#histogram(
    'conveyor_step_latency_seconds',
    'From the hand-off of a step to its start. Crosses two clocks, so it is clamped at 0.',
    ['action'],
    LATENCY_SECONDS,
  );
  readonly #workflowDuration = this.#histogram(
    'conveyor_workflow_duration_seconds',
    'From the start of workflows to their end.',
    ['workflow', 'status'],
    WORKFLOW_SECONDS,
  );
  readonly #workflowsEnded = this.#counter('conveyor_workflows_ended_total', 'Workflows that reached an end state.', [
    'workflow',
    'status',
  ]);
  readonly #retries = this.#counter('conveyor_retries_total', 'Failed attempts that will be repeated.', [
    'action',
    'code',
  ]);
  readonly #parked = this.#counter('conveyor_parked_total', 'Workflows given up on until an operator comes.', [
    'action',
    'code',
  ]);
  readonly #duplicates = this.#counter(
    'conveyor_duplicate_deliveries_total',
    'Messages whose attempt was taken already.',
    ['action'],
  );
  readonly #dead = this.#counter('conveyor_dead_total', 'Messages set aside whole in conveyor.dead.', ['reason']);
  readonly #lostAttempts = this.#counter('conveyor_lost_attempts_total', 'Attempts whose worker died.', ['action']);
  readonly #redriven = this.#counter('conveyor_redriven_total', 'Lost messages that the steward sent again.', [
    'action',
  ]);
  readonly #removed = this.#counter('conveyor_removed_total', 'What was removed from the journal after RETENTION.', [
    'what',
  ]);
  readonly #starts = this.#counter('conveyor_starts_total', 'Start events by what became of them.', [
    'workflow',
    'result',
  ]);
  readonly #waitsBegun = this.#counter('conveyor_waits_begun_total', 'Attempts that ended by waiting.', ['action']);
  readonly #waitsCompleted = this.#counter('conveyor_waits_completed_total', 'Waits by what completed them.', [
    'action',
    'by',
  ]);
  readonly #waitsLate = this.#counter(
    'conveyor_waits_late_total',
    'Notifications, answers of polls and deadlines that came after something else had completed their wait.',
    ['action', 'by'],
  );
  readonly #polls = this.#counter('conveyor_polls_total', 'Polls by what they said of a wait.', ['action', 'result']);
  readonly #pollDuration = this.#histogram(
    'conveyor_poll_duration_seconds',
    'How long calls of poll and pollMany took. One call of pollMany polls many waits.',
    ['action'],
    ACTION_SECONDS,
  );
  readonly #ticketsReplaced = this.#counter('conveyor_tickets_replaced_total', 'Overdue tickets of waits sent again.', [
    'action',
  ]);
  readonly #notifications = this.#counter(
    'conveyor_notifications_total',
    'Notifications by what became of them when they came.',
    ['result'],
  );
  readonly #batchSize = this.#histogram(
    'conveyor_batch_size',
    'How many writes to the journal left together.',
    ['operation'],
    BATCH_SIZES,
  );

  constructor() {
    const buildInfo = new Gauge({
      name: 'conveyor_build_info',
      help: 'Always 1; the label tells the version.',
      labelNames: ['version'],
      registers: [this.#registry],
    });
    buildInfo.set({ version: VERSION }, 1);
  }

  /** Adds Node's own metrics. Once per process: they observe the whole of it and cannot be taken back. */
  collectProcessMetrics(): void {
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: 20 });
  }

  actionEnded(action: string, kind: 'run' | 'compensate', outcome: ActionResult, durationMs: number): void {
    this.#actionDuration.observe({ action, kind, outcome }, durationMs / 1_000);
  }

  /** @param latencyMs from `sentAt` to the start, by two clocks: may be negative */
  stepTaken(action: string, latencyMs: number): void {
    this.#stepLatency.observe({ action }, Math.max(0, latencyMs) / 1_000);
  }

  /** @param durationMs undefined when the envelope did not say when the workflow started */
  workflowEnded(workflow: string, status: EndStatus, durationMs: number | undefined): void {
    this.#workflowsEnded.inc({ workflow, status });
    if (durationMs === undefined) return;
    this.#workflowDuration.observe({ workflow, status }, Math.max(0, durationMs) / 1_000);
  }

  retried(action: string, code: string): void {
    this.#retries.inc({ action, code: boundedCode(code) });
  }

  parked(action: string, code: string): void {
    this.#parked.inc({ action, code: boundedCode(code) });
  }

  duplicateDelivery(action: string): void {
    this.#duplicates.inc({ action });
  }

  dead(reason: string): void {
    this.#dead.inc({ reason: boundedCode(reason) });
  }

  attemptLost(action: string): void {
    this.#lostAttempts.inc({ action });
  }

  redriven(action: string): void {
    this.#redriven.inc({ action });
  }

  removed(what: 'workflows' | 'notifications' | 'deaths', count: number): void {
    this.#removed.inc({ what }, count);
  }

  waitBegan(action: string): void {
    this.#waitsBegun.inc({ action });
  }

  waitCompleted(action: string, by: CompletedBy): void {
    this.#waitsCompleted.inc({ action, by });
  }

  waitLate(action: string, by: CompletedBy): void {
    this.#waitsLate.inc({ action, by });
  }

  polled(action: string, result: PollResult): void {
    this.#polls.inc({ action, result });
  }

  /** One call, however many waits it was about. */
  pollCallEnded(action: string, durationMs: number): void {
    this.#pollDuration.observe({ action }, durationMs / 1_000);
  }

  ticketReplaced(action: string): void {
    this.#ticketsReplaced.inc({ action });
  }

  notificationTaken(result: NotificationResult): void {
    this.#notifications.inc({ result });
  }

  /** @param workflow the name of a registered definition; null when there is none of the name, which anyone may have made up */
  startHandled(workflow: string | null, result: StartResult): void {
    this.#starts.inc({ workflow: workflow ?? OTHER, result });
  }

  /** @param operation one of the journal's writes, e.g. `attempts` */
  batch(operation: string, size: number): void {
    this.#batchSize.observe({ operation }, size);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Everything in Prometheus' text format. */
  render(): Promise<string> {
    return this.#registry.metrics();
  }

  #counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }

  #histogram<Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    buckets: number[],
  ): Histogram<Label> {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.#registry] });
  }
}

const boundedCode = (code: string): string => (Object.hasOwn(CATALOGUE, code) ? code : OTHER);
