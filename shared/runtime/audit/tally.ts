import type { WorkflowHistory } from '../../journal/records.ts';
import { describeStanding, type Standing, standingOf } from '../standing.ts';

/** Beyond this, lists are cut; the totals always count everything. A million names help nobody and cost the memory. */
export const MOST_LISTED = 1_000;

/** A workflow that has not ended. */
export interface OpenWorkflow {
  readonly workflowId: string;
  readonly businessKey: string;
  readonly workflow: string;
  readonly step: number;
  readonly since: Date;
  readonly standing: string;
}

export interface Totals {
  /** = succeeded + failed + cancelled + parked + waiting + running */
  readonly started: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly parked: number;
  readonly waiting: number;
  /** On the line, be it forth or back: = queued + inFlight */
  readonly running: number;
  /** On its way to a worker: in a queue, or on the delay ladder for its next attempt. */
  readonly queued: number;
  /** A worker has claimed its step, and has not settled it. */
  readonly inFlight: number;
}

/** I1: what became of every start. In bounded memory. */
export class Tally {
  readonly #totals = {
    started: 0,
    succeeded: 0,
    failed: 0,
    cancelled: 0,
    parked: 0,
    waiting: 0,
    running: 0,
    queued: 0,
    inFlight: 0,
  };
  readonly #parked: OpenWorkflow[] = [];
  readonly #waiting: OpenWorkflow[] = [];
  readonly #running: OpenWorkflow[] = [];
  #steps = 0;
  #attempts = 0;

  add(history: WorkflowHistory): void {
    const standing = standingOf(history);
    this.#steps += history.snapshots.length;
    this.#attempts += history.attempts.length;
    this.#totals.started += 1;
    if (standing.kind === 'ended') {
      this.#totals[standing.status] += 1;
      return;
    }
    const kind = standing.kind === 'compensating' ? 'running' : standing.kind;
    this.#totals[kind] += 1;
    if (kind === 'running') this.#totals[isClaimed(standing) ? 'inFlight' : 'queued'] += 1;
    const list = { parked: this.#parked, waiting: this.#waiting, running: this.#running }[kind];
    if (list.length < MOST_LISTED) list.push(openWorkflow(history, standing));
  }

  get started(): number {
    return this.#totals.started;
  }

  result() {
    const totals: Totals = this.#totals;
    const lists = { parked: this.#parked, waiting: this.#waiting, running: this.#running };
    return { totals, steps: this.#steps, attempts: this.#attempts, ...lists };
  }
}

const isClaimed = ({ attempt }: Exclude<Standing, { kind: 'ended' }>): boolean =>
  attempt !== undefined && attempt.fate === undefined;

function openWorkflow({ head }: WorkflowHistory, standing: Standing): OpenWorkflow {
  const { _id: workflowId, businessKey, workflow } = head;
  const { step, since } = standing;
  return { workflowId, businessKey, workflow, step, since, standing: describeStanding(standing) };
}
