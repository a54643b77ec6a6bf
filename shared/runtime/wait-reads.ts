import { snapshotId } from '../core/names.ts';
import type { StepKey } from '../journal/journal.ts';
import type { Snapshot } from '../journal/records.ts';
import type { WaitRecord } from '../journal/wait-records.ts';
import type { Acting } from './acting.ts';
import { Group } from './grouping.ts';
import { untilKnown } from './right-to-act.ts';

/** As many as a batch of writes has; the snapshots bring the data of their workflows. */
const MAX_BATCH = 200;

/** What is asked of the journal for each ticket, in groups: ten thousand of them can be due at once. */
export class WaitReads {
  readonly #right: Acting['right'];
  readonly #waits: Group<string, WaitRecord | null>;
  readonly #snapshots: Group<StepKey, Snapshot | null>;

  constructor({ line, right }: Acting) {
    const { journal, metrics } = line;
    this.#right = right;
    this.#waits = new Group({
      maxBatch: MAX_BATCH,
      onBatch: (size) => metrics.batch('read-waits', size),
      send: (ids) => journal.readWaits(ids),
    });
    this.#snapshots = new Group({
      maxBatch: MAX_BATCH,
      onBatch: (size) => metrics.batch('find-snapshots', size),
      send: async (steps) => {
        const found = new Map((await journal.findSnapshots(steps)).map((snapshot) => [snapshot._id, snapshot]));
        return steps.map(({ workflowId, step }) => found.get(snapshotId(workflowId, step)) ?? null);
      },
    });
  }

  wait(id: string): Promise<WaitRecord | null> {
    return untilKnown(() => this.#waits.add(id), this.#right);
  }

  /** Null: it was not decided a moment ago. */
  snapshot(step: StepKey): Promise<Snapshot | null> {
    return untilKnown(() => this.#snapshots.add(step), this.#right);
  }
}
