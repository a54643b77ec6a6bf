import type { Clock } from '../core/clock.ts';
import type { Journal } from '../journal/journal.ts';
import type { WorkflowHistory } from '../journal/records.ts';
import type { Finding, Violation } from './audit/finding.ts';
import type { HeardEvents } from './audit/heard-events.ts';
import { Holders } from './audit/holders.ts';
import { type Related, readRelated } from './audit/related.ts';
import { MOST_LISTED, type OpenWorkflow, Tally, type Totals } from './audit/tally.ts';
import { auditWorkflow } from './audit/workflow.ts';
import { Definitions } from './definitions.ts';

export type { Finding, Invariant, Violation } from './audit/finding.ts';
export { auditWorkflow } from './audit/workflow.ts';

/** A scan of a line that moves can see a workflow half before and half after a step: what looks wrong is read again. */
const LOOKS = 3;

/** The hosts' clocks are kept by NTP as a rule. */
const CLOCK_TOLERANCE_MS = 1_000;

/** Workflows that are looked at together, and in memory at once: what is related to them costs two queries. */
const TOGETHER = 50;

/** What an audit reads. */
export type AuditedJournal = Pick<
  Journal,
  'scanHistories' | 'readHistory' | 'findDefinition' | 'latestDefinition' | 'findIntents' | 'readWaits'
>;

export interface AuditOptions {
  readonly clock: Clock;
  /** Ids of workflows whose start was acknowledged: each must be in the journal. */
  readonly expected?: Iterable<string>;
  /** Whether the line has come to rest: then nothing may be in flight, and no head may lag. Default false. */
  readonly drained?: boolean;
  /** By how much the clocks of the processes may differ, milliseconds. Default 1000. */
  readonly clockToleranceMs?: number;
  /** What was announced while the line was listened to. Default: I6 is not looked at. */
  readonly heard?: HeardEvents;
  /** After every batch. */
  onProgress?(workflows: number): void;
}

export interface AuditReport {
  /** No violation. */
  readonly clean: boolean;
  readonly totals: Totals;
  readonly steps: number;
  readonly attempts: number;
  /** Attempts whose holder died, and which others went on from. */
  readonly lostAttempts: number;
  readonly parked: readonly OpenWorkflow[];
  readonly waiting: readonly OpenWorkflow[];
  readonly running: readonly OpenWorkflow[];
  /** The first thousand; `violationCount` has them all. */
  readonly violations: readonly Violation[];
  readonly violationCount: number;
}

/**
 * Proves the invariants I1–I4 (`audit/finding.ts`) on a journal, and I6 of what was heard, or names what breaks them. Reads only; the
 * line may run meanwhile. Its memory grows with the attempts that were lost and with the workers that ever were, and with nothing else.
 * @throws Unavailable when the journal does not answer
 */
export async function auditJournal(journal: AuditedJournal, options: AuditOptions): Promise<AuditReport> {
  const audit = new Audit(journal, options);
  let batch: WorkflowHistory[] = [];
  for await (const history of journal.scanHistories()) {
    batch.push(history);
    if (batch.length < TOGETHER) continue;
    await audit.add(batch);
    batch = [];
  }
  await audit.add(batch);
  return audit.report();
}

class Audit {
  readonly #journal: AuditedJournal;
  readonly #options: AuditOptions;
  readonly #toleranceMs: number;
  readonly #definitions: Definitions;
  readonly #holders = new Holders();
  readonly #tally = new Tally();
  readonly #missing: Set<string>;
  readonly #violations: Violation[] = [];
  #violationCount = 0;

  constructor(journal: AuditedJournal, options: AuditOptions) {
    this.#journal = journal;
    this.#options = options;
    this.#toleranceMs = options.clockToleranceMs ?? CLOCK_TOLERANCE_MS;
    this.#definitions = new Definitions(journal, options.clock);
    this.#missing = new Set(options.expected);
  }

  async add(scanned: readonly WorkflowHistory[]): Promise<void> {
    if (scanned.length === 0) return;
    const related = await readRelated(this.#journal, scanned);
    for (const history of scanned) await this.#addOne(history, related(history.head._id));
    this.#options.onProgress?.(this.#tally.started);
  }

  async report(): Promise<AuditReport> {
    await this.#lookForMissing();
    await this.#lookForStrangers();
    for (const violation of this.#holders.violations(this.#toleranceMs)) this.#violate(violation);
    return {
      clean: this.#violationCount === 0,
      ...this.#tally.result(),
      lostAttempts: this.#holders.losses,
      violations: this.#violations,
      violationCount: this.#violationCount,
    };
  }

  async #addOne(scanned: WorkflowHistory, related: Related): Promise<void> {
    let history = scanned;
    let findings = await this.#check(history, related);
    for (let look = 1; findings.length > 0 && look < LOOKS; look += 1) {
      const again = await this.#journal.readHistory(scanned.head._id);
      if (!again) break;
      history = again;
      findings = await this.#check(again, (await readRelated(this.#journal, [again]))(again.head._id));
    }
    this.#missing.delete(history.head._id);
    this.#holders.add(history);
    this.#tally.add(history);
    const { _id: workflowId, businessKey } = history.head;
    for (const finding of findings) this.#violate({ workflowId, businessKey, ...finding });
  }

  async #check(history: WorkflowHistory, related: Related): Promise<readonly Finding[]> {
    const { workflow, version } = history.head;
    const definition = (await this.#definitions.find(workflow, version))?.definition ?? null;
    const { drained, clock, heard } = this.#options;
    const look = { now: drained ? undefined : clock.now(), toleranceMs: this.#toleranceMs, ...related };
    return [...auditWorkflow(history, definition, look), ...(heard?.problemsOf(history, definition) ?? [])];
  }

  /** What the scan passed by may have been started after it. */
  async #lookForMissing(): Promise<void> {
    const missing = Array.from(this.#missing); // a copy: `add` deletes from the set
    for (const workflowId of missing) {
      const history = await this.#journal.readHistory(workflowId);
      if (history) await this.add([history]);
      else
        this.#violate({ workflowId, invariant: 'I1', problem: 'its start was accepted, but the journal has no head' });
    }
  }

  /** Whose events were heard and whom the scan passed by: started after it, or not at all. */
  async #lookForStrangers(): Promise<void> {
    for (const workflowId of this.#options.heard?.strangers() ?? []) {
      const history = await this.#journal.readHistory(workflowId);
      if (history) await this.add([history]);
      else this.#violate({ workflowId, invariant: 'I6', problem: 'it was announced, but the journal has no head' });
    }
  }

  #violate(violation: Violation): void {
    this.#violationCount += 1;
    if (this.#violations.length < MOST_LISTED) this.#violations.push(violation);
  }
}
