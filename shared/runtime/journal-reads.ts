import { snapshotId } from '../core/names.ts';
import type { Course, HeadKey, Journal, StepKey, WaitFilter } from '../journal/journal.ts';
import type { Head, Snapshot, StationRecord } from '../journal/records.ts';
import type { WaitRecord } from '../journal/wait-records.ts';
import { Group } from './grouping.ts';
import { MAX_BATCH } from './journal-writes.ts';
import type { Metrics } from './metrics.ts';

/** Workflows and waits that are looked at for one target: no business key means more. */
export const MOST_MEANT = 20;

/** A course may have hundreds of documents. */
const MOST_COURSES = 100;

/**
 * What is asked of the journal for each message, one at a time for the caller, in groups for the store: of many messages at once each
 * would send some ten commands of its own. Every read begins after the call, as the journal's own do.
 */
export interface GroupedReads {
  /** Null: it had not started a moment ago, or was removed. */
  head(workflowId: string): Promise<Head | null>;
  /** The newest of one matter; `MOST_MEANT` at most. */
  headsOf(key: HeadKey): Promise<readonly Head[]>;
  /** All that was acknowledged before the call. Empty: there is nothing, or it was removed. */
  course(workflowId: string): Promise<Course>;
  /** Null: it had not begun a moment ago, or was removed with its workflow. */
  wait(id: string): Promise<WaitRecord | null>;
  /** `MOST_MEANT` at most. */
  openWaits(filter: WaitFilter): Promise<readonly WaitRecord[]>;
  /** Null: it was not decided a moment ago. Where that must be certain, ask `findDecision`. */
  snapshot(step: StepKey): Promise<Snapshot | null>;
  /** Whether the step has any attempt. False: it had none a moment ago. */
  isAttempted(step: StepKey): Promise<boolean>;
  /** Of all stations; one reading for all who ask at the same time. */
  stations(): Promise<readonly StationRecord[]>;
}

export function groupReads(journal: Journal, metrics: Metrics): GroupedReads {
  const group = <Item, Result>(
    operation: string,
    send: (items: readonly Item[]) => Promise<readonly Result[]>,
    maxBatch = MAX_BATCH,
  ) => new Group<Item, Result>({ maxBatch, onBatch: (size) => metrics.batch(operation, size), send });

  const heads = group('read-heads', (ids: readonly string[]) => journal.readHeads(ids));
  const headsOf = group('find-heads-of', (keys: readonly HeadKey[]) => journal.findHeadsOf(keys, MOST_MEANT));
  const courses = group('read-courses', (ids: readonly string[]) => journal.readCourses(ids), MOST_COURSES);
  const waits = group('read-waits', (ids: readonly string[]) => journal.readWaits(ids));
  const openWaits = group('find-open-waits', (filters: readonly WaitFilter[]) =>
    journal.findOpenWaits(filters, MOST_MEANT),
  );
  const snapshots = group('find-snapshots', async (steps: readonly StepKey[]) => {
    const found = new Map((await journal.findSnapshots(steps)).map((snapshot) => [snapshot._id, snapshot]));
    return steps.map(({ workflowId, step }) => found.get(snapshotId(workflowId, step)) ?? null);
  });
  const attempted = group('find-attempted', async (steps: readonly StepKey[]) => {
    const found = await journal.findAttempted(steps);
    return steps.map(({ workflowId, step }) => found.has(snapshotId(workflowId, step)));
  });
  const stations = group('list-stations', async (asked: readonly undefined[]) => {
    const found = await journal.listStations();
    return asked.map(() => found);
  });
  return {
    head: (workflowId) => heads.add(workflowId),
    headsOf: (key) => headsOf.add(key),
    course: (workflowId) => courses.add(workflowId),
    wait: (id) => waits.add(id),
    openWaits: (filter) => openWaits.add(filter),
    snapshot: (step) => snapshots.add(step),
    isAttempted: (step) => attempted.add(step),
    stations: () => stations.add(undefined),
  };
}
