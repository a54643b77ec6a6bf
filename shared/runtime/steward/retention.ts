import type { EndStatus } from '../../core/workflow-definition.ts';
import type { Acting } from '../acting.ts';
import { pauseAt } from '../pause-points.ts';
import { untilKnown } from '../right-to-act.ts';
import { CLOCKS_DIFFER_MS } from './margins.ts';
import type { Round } from './round.ts';

const ENDED: readonly EndStatus[] = ['succeeded', 'failed', 'cancelled'];

/** Workflows looked at, and at most removed, in one run: some thousand documents. */
const WORKFLOWS = 200;
const NOTIFICATIONS = 500;
const DEATHS = 500;

/** The database is left alone for so many times as long as the last batch took: removing costs the line a tenth of it at most. */
const REST = 9;
const LEAST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;

/** Pause after everything old enough is gone. */
const DONE_PAUSE_MS = 60_000;

/**
 * Removes what has been kept for RETENTION: workflows that ended before, whole; notifications that came before; deaths of workers that were
 * recorded before. May be done twice at the same time. A workflow's head goes last, so that the next run finds one that was removed by half.
 */
export class Retention implements Round {
  readonly name = 'retention';
  readonly #acting: Acting;
  #from: Date | undefined;
  #pauseMs = DONE_PAUSE_MS;

  constructor(acting: Acting) {
    this.#acting = acting;
  }

  get everyMs(): number {
    return this.#pauseMs;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#acting.line;
    const begunAt = clock.monotonic();
    const before = new Date(clock.now() - this.#acting.line.retentionMs);
    let isMore = await this.#removeWorkflows(before);
    if (signal.aborted) return;
    isMore = (await this.#removeNotifications(before)) || isMore;
    if (signal.aborted) return;
    isMore = (await this.#removeDeaths(before)) || isMore;
    const tookMs = clock.monotonic() - begunAt;
    this.#pauseMs = isMore ? Math.min(LONGEST_PAUSE_MS, Math.max(LEAST_PAUSE_MS, tookMs * REST)) : DONE_PAUSE_MS;
  }

  /** Of workers: what they held last has ended and is removed, or has long been taken over by others. */
  async #removeDeaths(before: Date): Promise<boolean> {
    const { line, right } = this.#acting;
    // The time of a death is the database's.
    const recordedBefore = new Date(before.getTime() - CLOCKS_DIFFER_MS);
    const removed = await untilKnown(() => line.journal.removeDeaths(recordedBefore, DEATHS), right);
    line.metrics.removed('deaths', removed);
    return removed >= DEATHS;
  }

  /** True: there may be more. What ended before has started before, so the walk ends there. */
  async #removeWorkflows(before: Date): Promise<boolean> {
    const { line, right } = this.#acting;
    const from = this.#from ? { from: this.#from } : {};
    const scan = { statuses: ENDED, startedBefore: before, endedBefore: before, ...from };
    const { heads, next } = await untilKnown(() => line.journal.scanHeads(scan, WORKFLOWS), right);
    const ids = heads.map(({ _id }) => _id);
    if (ids.length > 0) {
      await untilKnown(() => line.journal.removeWorkflows(ids), right);
      line.metrics.removed('workflows', ids.length);
      await pauseAt(this.#acting, 'workflows-removed', { workflowId: '', step: 0, attempt: 0 });
    }
    this.#from = next;
    return next !== undefined;
  }

  async #removeNotifications(before: Date): Promise<boolean> {
    const { line, right } = this.#acting;
    const removed = await untilKnown(() => line.journal.removeNotifications(before, NOTIFICATIONS), right);
    line.metrics.removed('notifications', removed);
    return removed >= NOTIFICATIONS;
  }
}
