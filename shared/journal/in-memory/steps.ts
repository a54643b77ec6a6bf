import { attemptId, snapshotId } from '../../core/names.ts';
import type { Course, DecidedStep, Inserted, Stand, StepKey, StepView } from '../journal.ts';
import type { StepJournal } from '../port/steps.ts';
import type { Attempt, Fate, Settlement, Snapshot } from '../records.ts';
import { copy } from './copy.ts';
import type { Open } from './open.ts';
import { change, insert, sorted } from './records.ts';
import type { InMemoryStore, Shelf } from './store.ts';

/** Of a workflow that the store does not know. */
const EMPTY: Shelf = { head: undefined, attempts: new Map(), snapshots: new Map() };

const workflowOf = (id: string): string => id.slice(0, id.indexOf('/'));

const shelfOf = (store: InMemoryStore, workflowId: string): Shelf => store.shelves.get(workflowId) ?? EMPTY;

const insertAttempt = (store: InMemoryStore, attempt: Attempt): Inserted =>
  insert(store.shelf(attempt.workflowId).attempts, attempt, (found) => found.token === attempt.token);

function insertSnapshot(store: InMemoryStore, snapshot: Snapshot): Inserted {
  const { attempt, worker, token } = snapshot;
  const isOwn = (found: Snapshot): boolean =>
    found.attempt === attempt && found.worker === worker && found.token === token;
  return insert(store.shelf(snapshot.workflowId).snapshots, snapshot, isOwn);
}

function settleAttempt(store: InMemoryStore, id: string, { at, ...fate }: Settlement): Fate | null {
  const isOpen = (attempt: Attempt): boolean => attempt.fate === undefined;
  const settled = (attempt: Attempt): Attempt => ({ ...attempt, ...fate, settledAt: at });
  return change(shelfOf(store, workflowOf(id)).attempts, id, isOpen, settled)?.fate ?? null;
}

function readStep(store: InMemoryStore, workflowId: string, step: number): StepView {
  const { attempts, snapshots } = shelfOf(store, workflowId);
  return {
    attempts: sorted(attempts).filter((attempt) => attempt.step === step),
    snapshot: copy(snapshots.get(snapshotId(workflowId, step)) ?? null),
    moved: attempts.has(attemptId(workflowId, step + 1, 1)),
  };
}

const findSnapshots = (store: InMemoryStore, steps: readonly StepKey[]): readonly Snapshot[] =>
  [...new Set(steps.map(({ workflowId, step }) => snapshotId(workflowId, step)))].flatMap((id) => {
    const snapshot = shelfOf(store, workflowOf(id)).snapshots.get(id);
    return snapshot ? [copy(snapshot)] : [];
  });

function findAttempted(store: InMemoryStore, steps: readonly StepKey[]): ReadonlySet<string> {
  const attempted = steps.filter(({ workflowId, step }) =>
    shelfOf(store, workflowId).attempts.has(attemptId(workflowId, step, 1)),
  );
  return new Set(attempted.map(({ workflowId, step }) => snapshotId(workflowId, step)));
}

function readCourse(store: InMemoryStore, workflowId: string): Course {
  const { attempts, snapshots } = shelfOf(store, workflowId);
  return { attempts: sorted(attempts), snapshots: sorted(snapshots).map(withoutData) };
}

const withoutData = ({ changes: _changes, data: _data, ...decided }: Snapshot): DecidedStep => decided;

function readStand(store: InMemoryStore, workflowId: string): Stand {
  const decided = sorted(shelfOf(store, workflowId).snapshots).at(-1);
  const step = (decided?.step ?? 0) + 1;
  const { attempts } = readStep(store, workflowId, step);
  if (!decided) return { workflowId, step, last: null, attempts };
  const { step: decidedStep, kind, state, next, at, undo } = decided;
  const last = { step: decidedStep, kind, state, next, at, ...(undo && { undo }) };
  return { workflowId, step, last, attempts };
}

function findUsedNotifications(store: InMemoryStore, workflowId: string): ReadonlyMap<string, number> {
  const snapshots = [...shelfOf(store, workflowId).snapshots.values()];
  return new Map(
    snapshots.flatMap(({ notification, step }) => (notification === undefined ? [] : [[notification, step]])),
  );
}

export const stepJournal = (open: Open): StepJournal => ({
  insertAttempts: async (attempts) => {
    const store = open();
    return attempts.map((attempt) => insertAttempt(store, attempt));
  },
  insertSnapshots: async (snapshots) => {
    const store = open();
    return snapshots.map((snapshot) => insertSnapshot(store, snapshot));
  },
  settleAttempt: async (id, settlement) => settleAttempt(open(), id, settlement),
  readStep: async (workflowId, step) => readStep(open(), workflowId, step),
  readSnapshot: async (workflowId, step) =>
    copy(shelfOf(open(), workflowId).snapshots.get(snapshotId(workflowId, step)) ?? null),
  findSnapshots: async (steps) => findSnapshots(open(), steps),
  findAttempted: async (steps) => findAttempted(open(), steps),
  readCourses: async (workflowIds) => {
    const store = open();
    return workflowIds.map((workflowId) => readCourse(store, workflowId));
  },
  readStands: async (workflowIds) => {
    const store = open();
    return workflowIds.map((workflowId) => readStand(store, workflowId));
  },
  findUsedNotifications: async (workflowId) => findUsedNotifications(open(), workflowId),
});
