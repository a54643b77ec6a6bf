import type { ActionContract } from '../../core/action.ts';
import { Fatal } from '../../core/errors.ts';
import { attemptId, definitionId, snapshotId } from '../../core/names.ts';
import type { HeadChange, HeadFilter, Inserted, Journal, StepView } from '../journal.ts';
import type {
  Attempt,
  DefinitionRecord,
  Fate,
  Head,
  Holder,
  Settlement,
  Snapshot,
  StationRecord,
  WorkerRecord,
  WorkflowHistory,
} from '../records.ts';
import { copy } from './copy.ts';
import { applyChange } from './head-change.ts';
import type { InMemoryStore, Shelf } from './store.ts';

/**
 * One connection to an in-memory store. What goes in and what comes out is copied, so that nobody can change the store but by a
 * method. A method acts within its call; its promise settles after it.
 */
export class InMemoryJournal implements Journal {
  readonly #store: InMemoryStore;
  #closed = false;

  constructor(store: InMemoryStore) {
    this.#store = store;
  }

  async insertHeads(heads: readonly Head[]): Promise<readonly Inserted[]> {
    const store = this.#open();
    return heads.map((head) => {
      const shelf = store.shelf(head._id);
      if (shelf.head) return 'duplicate';
      shelf.head = copy(head);
      return 'inserted';
    });
  }

  async insertAttempts(attempts: readonly Attempt[]): Promise<readonly Inserted[]> {
    const store = this.#open();
    return attempts.map((attempt) =>
      insert(store.shelf(attempt.workflowId).attempts, attempt, (found) => found.token === attempt.token),
    );
  }

  async insertSnapshots(snapshots: readonly Snapshot[]): Promise<readonly Inserted[]> {
    const store = this.#open();
    return snapshots.map((snapshot) => {
      const { attempt, worker } = snapshot;
      const isOwn = (found: Snapshot): boolean => found.attempt === attempt && found.worker === worker;
      return insert(store.shelf(snapshot.workflowId).snapshots, snapshot, isOwn);
    });
  }

  async settleAttempt(id: string, { at, ...fate }: Settlement): Promise<Fate | null> {
    const attempts = this.#shelf(workflowOf(id))?.attempts;
    const attempt = attempts?.get(id);
    if (!attempts || !attempt) return null;
    if (attempt.fate !== undefined) return attempt.fate;
    attempts.set(id, copy({ ...attempt, ...fate, settledAt: at }));
    return fate.fate;
  }

  async changeHeads(changes: readonly HeadChange[]): Promise<void> {
    for (const change of changes) {
      const shelf = this.#shelf(change.workflowId);
      if (shelf?.head) shelf.head = copy(applyChange(shelf.head, change));
    }
  }

  async readStep(workflowId: string, step: number): Promise<StepView> {
    const { attempts, snapshots } = this.#shelf(workflowId) ?? EMPTY;
    return {
      attempts: sorted(attempts).filter((attempt) => attempt.step === step),
      snapshot: copy(snapshots.get(snapshotId(workflowId, step)) ?? null),
      moved: attempts.has(attemptId(workflowId, step + 1, 1)),
    };
  }

  async readSnapshot(workflowId: string, step: number): Promise<Snapshot | null> {
    return copy(this.#shelf(workflowId)?.snapshots.get(snapshotId(workflowId, step)) ?? null);
  }

  async findMoved(steps: readonly { workflowId: string; step: number }[]): Promise<ReadonlySet<string>> {
    const moved = steps.filter(({ workflowId, step }) =>
      this.#shelf(workflowId)?.attempts.has(attemptId(workflowId, step, 1)),
    );
    return new Set(moved.map(({ workflowId, step }) => snapshotId(workflowId, step)));
  }

  async readHead(workflowId: string): Promise<Head | null> {
    return copy(this.#shelf(workflowId)?.head ?? null);
  }

  async readHistory(workflowId: string): Promise<WorkflowHistory | null> {
    const shelf = this.#shelf(workflowId);
    return shelf ? historyOf(shelf) : null;
  }

  async findHeads(filter: HeadFilter, limit: number): Promise<readonly Head[]> {
    const heads = [...this.#open().shelves.values()].flatMap(({ head }) => head ?? []);
    const found = heads.filter(
      ({ workflow, status, businessKey }) =>
        (filter.workflow ?? workflow) === workflow &&
        (filter.status ?? status) === status &&
        (filter.businessKey ?? businessKey) === businessKey,
    );
    found.sort((a, b) => b.startedAt.getTime() - a.startedAt.getTime());
    return copy(found.slice(0, Math.max(0, limit)));
  }

  async *scanHistories(): AsyncGenerator<WorkflowHistory, void, void> {
    for (const workflowId of [...this.#open().shelves.keys()].sort()) {
      const history = await this.readHistory(workflowId);
      if (history) yield history;
    }
  }

  async join(worker: WorkerRecord): Promise<void> {
    const { heartbeats, now } = this.#open();
    if (heartbeats.get(worker._id)?.state === 'dead') throw new Fatal('worker-dead', { worker: worker._id });
    heartbeats.set(worker._id, { ...copy(worker), state: 'alive', renewedAt: now });
  }

  async renew(workerId: string): Promise<boolean> {
    const { heartbeats, now } = this.#open();
    const heartbeat = heartbeats.get(workerId);
    if (heartbeat?.state !== 'alive') return false;
    heartbeat.renewedAt = now;
    return true;
  }

  async leave(workerId: string): Promise<void> {
    const { heartbeats } = this.#open();
    if (heartbeats.get(workerId)?.state === 'alive') heartbeats.delete(workerId);
  }

  async judgeHolder(workerId: string, timeoutMs: number): Promise<Holder> {
    const store = this.#open();
    const heartbeat = store.heartbeats.get(workerId);
    if (!heartbeat) return { kind: 'gone' };
    const ageMs = store.ageMs(heartbeat);
    if (heartbeat.state === 'alive' && ageMs < timeoutMs) return { kind: 'alive', ageMs };
    heartbeat.state = 'dead';
    return { kind: 'dead' };
  }

  async registerDefinition(record: DefinitionRecord): Promise<'registered' | 'same' | 'conflict'> {
    const { definitions } = this.#open();
    const found = definitions.get(record._id);
    if (found) return found.hash === record.hash ? 'same' : 'conflict';
    definitions.set(record._id, copy({ ...record, active: true }));
    return 'registered';
  }

  async findDefinition(name: string, version: number): Promise<DefinitionRecord | null> {
    return copy(this.#open().definitions.get(definitionId(name, version)) ?? null);
  }

  async latestDefinition(name: string): Promise<DefinitionRecord | null> {
    const versions = sorted(this.#open().definitions).filter((record) => record.name === name && record.active);
    return versions.at(-1) ?? null;
  }

  async listDefinitions(): Promise<readonly DefinitionRecord[]> {
    return sorted(this.#open().definitions);
  }

  async writeStation(contract: ActionContract, at: Date): Promise<void> {
    this.#open().stations.set(contract.name, copy({ _id: contract.name, contract, updatedAt: at }));
  }

  async listStations(): Promise<readonly StationRecord[]> {
    return sorted(this.#open().stations);
  }

  async ping(): Promise<void> {
    this.#open();
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #open(): InMemoryStore {
    if (this.#closed) throw new Fatal('stopped', { what: 'The journal' });
    return this.#store;
  }

  #shelf(workflowId: string): Shelf | undefined {
    return this.#open().shelves.get(workflowId);
  }
}

const EMPTY: Shelf = { head: undefined, attempts: new Map(), snapshots: new Map() };

function insert<T extends { readonly _id: string }>(
  into: Map<string, T>,
  record: T,
  isOwn: (found: T) => boolean,
): Inserted {
  const found = into.get(record._id);
  if (found) return isOwn(found) ? 'inserted' : 'duplicate';
  into.set(record._id, copy(record));
  return 'inserted';
}

/** Copies, by id. */
const sorted = <T extends { readonly _id: string }>(records: ReadonlyMap<string, T>): T[] =>
  copy([...records.values()]).sort((a, b) => (a._id < b._id ? -1 : 1));

function historyOf({ head, attempts, snapshots }: Shelf): WorkflowHistory | null {
  return head ? { head: copy(head), attempts: sorted(attempts), snapshots: sorted(snapshots) } : null;
}

const workflowOf = (id: string): string => id.slice(0, id.indexOf('/'));
