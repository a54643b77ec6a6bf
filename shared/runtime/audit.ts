import type { Clock } from '../core/clock.ts';
import { snapshotId } from '../core/names.ts';
import type { WorkflowDefinition } from '../core/workflow-definition.ts';
import type { IntentRecord } from '../journal/intent-record.ts';
import type { Journal } from '../journal/journal.ts';
import type { WorkflowHistory } from '../journal/records.ts';
import type { WaitRecord } from '../journal/wait-records.ts';
import { checkAttempts } from './audit/attempts.ts';
import type { Finding, Violation } from './audit/finding.ts';
import { checkHead } from './audit/head.ts';
import { Holders } from './audit/holders.ts';
import { checkPath } from './audit/path.ts';
import { checkRequests } from './audit/requests.ts';
import { checkPlan } from './audit/undoing.ts';
import { checkWaitRecords, checkWaits } from './audit/waits.ts';
import { Definitions } from './definitions.ts';
import { describeStanding, type Standing, standingOf } from './standing.ts';

export type { Finding, Invariant, Violation } from './audit/finding.ts';

/** Beyond this, lists are cut; the totals always count everything. A million names help nobody and cost the memory. */
const MOST_LISTED = 1_000;

/** A scan of a line that moves can see a workflow half before and half after a step: what looks wrong is read again. */
const LOOKS = 3;

/** The hosts' clocks are kept by NTP as a rule. */
const CLOCK_TOLERANCE_MS = 1_000;

/** For so long what follows from a decision may be missing: whoever died over it is followed by then. */
const SETTLING_MS = 60_000;

/** A workflow that somebody asks to cancel again and again: the newest requests tell enough. */
const MOST_REQUESTS = 1_000;

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
}

/** A workflow that has not ended. */
export interface OpenWorkflow {
  readonly workflowId: string;
  readonly businessKey: string;
  readonly workflow: string;
  readonly step: number;
  readonly since: Date;
  readonly standing: string;
}

export interface AuditReport {
  /** No violation. */
  readonly clean: boolean;
  readonly totals: {
    /** = succeeded + failed + cancelled + parked + waiting + running */
    readonly started: number;
    readonly succeeded: number;
    readonly failed: number;
    readonly cancelled: number;
    readonly parked: number;
    readonly waiting: number;
    /** On the line, be it forth or back. */
    readonly running: number;
  };
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
 * Proves the invariants I1–I4 (`audit/finding.ts`) on a journal, or names what breaks them. Reads only, in bounded memory; the line may
 * run meanwhile.
 * @throws Unavailable when the journal does not answer
 */
export async function auditJournal(journal: AuditedJournal, options: AuditOptions): Promise<AuditReport> {
  const audit = new Audit(journal, options);
  for await (const history of journal.scanHistories()) await audit.add(history);
  return audit.report();
}

/** How a workflow is looked at. */
interface Look {
  /** Undefined: the line has come to rest. */
  readonly now: number | undefined;
  readonly toleranceMs: number;
  /** All requests to cancel it. Default: none. */
  readonly intents?: readonly IntentRecord[];
  /** The waits of its steps. Default: not looked at. */
  readonly waits?: readonly WaitRecord[];
}

/**
 * One workflow against I1–I4; none: it is as it must be. Pure.
 * @param definition null: the journal has none
 */
export function auditWorkflow(
  history: WorkflowHistory,
  definition: WorkflowDefinition | null,
  { now, toleranceMs, intents = [], waits }: Look,
): readonly Finding[] {
  const standing = standingOf(history);
  // Made, and closed, a moment after what they follow from.
  const mayLag = now !== undefined && now - standing.since.getTime() <= SETTLING_MS;
  return [
    ...checkHead({ history, standing, intents }, now),
    ...checkPath(history, definition),
    ...checkPlan(history),
    ...checkRequests(history, intents, { drained: now === undefined }),
    ...checkWaits(history),
    ...(waits && !mayLag ? checkWaitRecords(history, waits) : []),
    ...checkAttempts(history, toleranceMs),
  ];
}

class Audit {
  readonly #journal: AuditedJournal;
  readonly #options: AuditOptions;
  readonly #toleranceMs: number;
  readonly #definitions: Definitions;
  readonly #holders = new Holders();
  readonly #missing: Set<string>;
  readonly #parked: OpenWorkflow[] = [];
  readonly #waiting: OpenWorkflow[] = [];
  readonly #running: OpenWorkflow[] = [];
  readonly #violations: Violation[] = [];
  readonly #totals = { started: 0, succeeded: 0, failed: 0, cancelled: 0, parked: 0, waiting: 0, running: 0 };
  #steps = 0;
  #attempts = 0;
  #violationCount = 0;

  constructor(journal: AuditedJournal, options: AuditOptions) {
    this.#journal = journal;
    this.#options = options;
    this.#toleranceMs = options.clockToleranceMs ?? CLOCK_TOLERANCE_MS;
    this.#definitions = new Definitions(journal, options.clock);
    this.#missing = new Set(options.expected);
  }

  async add(scanned: WorkflowHistory): Promise<void> {
    let history = scanned;
    let findings = await this.#check(history);
    for (let look = 1; findings.length > 0 && look < LOOKS; look += 1) {
      const again = await this.#journal.readHistory(scanned.head._id);
      if (!again) break;
      history = again;
      findings = await this.#check(history);
    }
    this.#count(history);
    const { _id: workflowId, businessKey } = history.head;
    for (const finding of findings) this.#violate({ workflowId, businessKey, ...finding });
  }

  async report(): Promise<AuditReport> {
    await this.#lookForMissing();
    for (const violation of this.#holders.violations(this.#toleranceMs)) this.#violate(violation);
    return {
      clean: this.#violationCount === 0,
      totals: this.#totals,
      steps: this.#steps,
      attempts: this.#attempts,
      lostAttempts: this.#holders.losses,
      parked: this.#parked,
      waiting: this.#waiting,
      running: this.#running,
      violations: this.#violations,
      violationCount: this.#violationCount,
    };
  }

  async #check(history: WorkflowHistory): Promise<readonly Finding[]> {
    const { workflow, version } = history.head;
    const waited = [...new Set(history.attempts.filter(({ fate }) => fate === 'waiting').map(({ step }) => step))];
    const waitIds = waited.map((step) => snapshotId(history.head._id, step));
    const [record, intents, waits] = await Promise.all([
      this.#definitions.find(workflow, version),
      this.#journal.findIntents(history.head._id, MOST_REQUESTS),
      waitIds.length === 0 ? [] : this.#journal.readWaits(waitIds),
    ]);
    return auditWorkflow(history, record?.definition ?? null, {
      now: this.#options.drained ? undefined : this.#options.clock.now(),
      toleranceMs: this.#toleranceMs,
      intents,
      waits: waits.flatMap((wait) => wait ?? []),
    });
  }

  /** What the scan passed by may have been started after it. */
  async #lookForMissing(): Promise<void> {
    const missing = Array.from(this.#missing); // a copy: `add` deletes from the set
    for (const workflowId of missing) {
      const history = await this.#journal.readHistory(workflowId);
      if (history) await this.add(history);
      else
        this.#violate({ workflowId, invariant: 'I1', problem: 'its start was accepted, but the journal has no head' });
    }
  }

  #count(history: WorkflowHistory): void {
    const standing = standingOf(history);
    this.#missing.delete(history.head._id);
    this.#holders.add(history);
    this.#steps += history.snapshots.length;
    this.#attempts += history.attempts.length;
    this.#totals.started += 1;
    if (standing.kind === 'ended') {
      this.#totals[standing.status] += 1;
      return;
    }
    const kind = standing.kind === 'compensating' ? 'running' : standing.kind;
    this.#totals[kind] += 1;
    const list = { parked: this.#parked, waiting: this.#waiting, running: this.#running }[kind];
    if (list.length < MOST_LISTED) list.push(openWorkflow(history, standing));
  }

  #violate(violation: Violation): void {
    this.#violationCount += 1;
    if (this.#violations.length < MOST_LISTED) this.#violations.push(violation);
  }
}

function openWorkflow({ head }: WorkflowHistory, standing: Standing): OpenWorkflow {
  const { _id: workflowId, businessKey, workflow } = head;
  const { step, since } = standing;
  return { workflowId, businessKey, workflow, step, since, standing: describeStanding(standing) };
}
