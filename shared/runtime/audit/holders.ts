import type { WorkflowHistory } from '../../journal/records.ts';
import { type Takeover, takeoversOf } from './attempts.ts';
import type { Violation } from './finding.ts';

/**
 * I3 across workflows: whoever was passed over as lost did nothing more under its name. Remembers one time per worker and
 * one entry per lost attempt, both of which are few.
 */
export class Holders {
  readonly #lastActs = new Map<string, { readonly at: number; readonly what: string }>();
  readonly #takeovers: (Takeover & { readonly businessKey: string })[] = [];

  add(history: WorkflowHistory): void {
    for (const { kind, worker, at, _id } of history.attempts) {
      if (kind === 'run' || kind === 'compensate') this.#acted(worker, at, `made attempt ${_id}`);
    }
    // Who ends a wait or cancels holds no attempt.
    for (const { worker, at, _id, kind, by } of history.snapshots) {
      if (kind !== 'cancel' && by === undefined) this.#acted(worker, at, `decided step ${_id}`);
    }
    const { businessKey } = history.head;
    for (const takeover of takeoversOf(history)) this.#takeovers.push({ ...takeover, businessKey });
  }

  /** Attempts that were passed over as lost. */
  get losses(): number {
    return this.#takeovers.length;
  }

  /** @param toleranceMs by how much the clocks of the processes may differ */
  violations(toleranceMs: number): Violation[] {
    return this.#takeovers.flatMap(({ attempt, at, businessKey }) => {
      const { workflowId, step, worker } = attempt;
      const last = this.#lastActs.get(worker);
      if (!last || last.at <= at.getTime() + toleranceMs) return [];
      const times = `at ${at.toISOString()}, but ${last.what} at ${new Date(last.at).toISOString()}`;
      const problem = `step ${step}: attempt ${attempt.attempt} was taken from ${worker} as from a dead one ${times}`;
      return [{ workflowId, businessKey, invariant: 'I3', problem }];
    });
  }

  #acted(worker: string, at: Date, what: string): void {
    const known = this.#lastActs.get(worker);
    if (!known || known.at < at.getTime()) this.#lastActs.set(worker, { at: at.getTime(), what });
  }
}
