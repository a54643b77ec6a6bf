import type { ActionContract } from '../../core/action.ts';
import { Fatal } from '../../core/errors.ts';
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
import { changeHeads } from './change-heads.ts';
import type { Commands } from './commands.ts';
import { electionTimeoutMs } from './election-timeout.ts';
import { findDefinition } from './find-definition.ts';
import { findHeads } from './find-heads.ts';
import { findMoved } from './find-moved.ts';
import { insertAttempts } from './insert-attempts.ts';
import { insertHeads } from './insert-heads.ts';
import { insertSnapshots } from './insert-snapshots.ts';
import { joinWorker } from './join-worker.ts';
import { judgeHolder } from './judge-holder.ts';
import { latestDefinition } from './latest-definition.ts';
import { leaveWorker } from './leave-worker.ts';
import { listDefinitions } from './list-definitions.ts';
import { listStations } from './list-stations.ts';
import { ping } from './ping.ts';
import { readHead } from './read-head.ts';
import { readHistory } from './read-history.ts';
import { readSnapshot } from './read-snapshot.ts';
import { readStep } from './read-step.ts';
import { registerDefinition } from './register-definition.ts';
import { renewWorker } from './renew-worker.ts';
import { scanHistories } from './scan-histories.ts';
import { settleAttempt } from './settle-attempt.ts';
import { writeStation } from './write-station.ts';

/** One process's connection to the journal's database. */
export interface Connection {
  readonly commands: Commands;
  /** The same with a shorter bound: a heartbeat that hangs must leave time for another. */
  readonly heartbeats: Commands;
  /** Ends timers and sockets. Must not reject. */
  end(): Promise<void>;
}

/** The journal in MongoDB. Each method is an operation of the same name, in a file of its own. `connectMongoJournal` makes one. */
export class MongoJournal implements Journal {
  readonly #connection: Connection;
  readonly #underWay = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  insertHeads(heads: readonly Head[]): Promise<readonly Inserted[]> {
    return this.#do(({ commands }) => insertHeads(commands, heads));
  }

  insertAttempts(attempts: readonly Attempt[]): Promise<readonly Inserted[]> {
    return this.#do(({ commands }) => insertAttempts(commands, attempts));
  }

  insertSnapshots(snapshots: readonly Snapshot[]): Promise<readonly Inserted[]> {
    return this.#do(({ commands }) => insertSnapshots(commands, snapshots));
  }

  settleAttempt(attemptId: string, settlement: Settlement): Promise<Fate | null> {
    return this.#do(({ commands }) => settleAttempt(commands, attemptId, settlement));
  }

  changeHeads(changes: readonly HeadChange[]): Promise<void> {
    return this.#do(({ commands }) => changeHeads(commands, changes));
  }

  readStep(workflowId: string, step: number): Promise<StepView> {
    return this.#do(({ commands }) => readStep(commands, workflowId, step));
  }

  readSnapshot(workflowId: string, step: number): Promise<Snapshot | null> {
    return this.#do(({ commands }) => readSnapshot(commands, workflowId, step));
  }

  findMoved(steps: readonly { workflowId: string; step: number }[]): Promise<ReadonlySet<string>> {
    return this.#do(({ commands }) => findMoved(commands, steps));
  }

  readHead(workflowId: string): Promise<Head | null> {
    return this.#do(({ commands }) => readHead(commands, workflowId));
  }

  readHistory(workflowId: string): Promise<WorkflowHistory | null> {
    return this.#do(({ commands }) => readHistory(commands, workflowId));
  }

  findHeads(filter: HeadFilter, limit: number): Promise<readonly Head[]> {
    return this.#do(({ commands }) => findHeads(commands, filter, limit));
  }

  async *scanHistories(): AsyncGenerator<WorkflowHistory, void, void> {
    const scan = scanHistories(this.#connection.commands);
    for (;;) {
      const next = await this.#do(() => scan.next());
      if (next.done) return;
      yield next.value;
    }
  }

  join(worker: WorkerRecord): Promise<void> {
    return this.#do(({ heartbeats }) => joinWorker(heartbeats, worker));
  }

  renew(workerId: string): Promise<boolean> {
    return this.#do(({ heartbeats }) => renewWorker(heartbeats, workerId));
  }

  leave(workerId: string): Promise<void> {
    return this.#do(({ heartbeats }) => leaveWorker(heartbeats, workerId));
  }

  judgeHolder(workerId: string, timeoutMs: number): Promise<Holder> {
    return this.#do(({ commands }) => judgeHolder(commands, workerId, timeoutMs));
  }

  registerDefinition(record: DefinitionRecord): Promise<'registered' | 'same' | 'conflict'> {
    return this.#do(({ commands }) => registerDefinition(commands, record));
  }

  findDefinition(name: string, version: number): Promise<DefinitionRecord | null> {
    return this.#do(({ commands }) => findDefinition(commands, name, version));
  }

  latestDefinition(name: string): Promise<DefinitionRecord | null> {
    return this.#do(({ commands }) => latestDefinition(commands, name));
  }

  listDefinitions(): Promise<readonly DefinitionRecord[]> {
    return this.#do(({ commands }) => listDefinitions(commands));
  }

  writeStation(contract: ActionContract, at: Date): Promise<void> {
    return this.#do(({ commands }) => writeStation(commands, contract, at));
  }

  listStations(): Promise<readonly StationRecord[]> {
    return this.#do(({ commands }) => listStations(commands));
  }

  ping(): Promise<void> {
    return this.#do(({ commands }) => ping(commands));
  }

  /**
   * How long the replica set waits for a silent primary before it elects another, milliseconds; null when this user may not know. Not
   * of the port: LIVENESS_TIMEOUT is compared with it at start-up.
   */
  electionTimeoutMs(): Promise<number | null> {
    return this.#do(({ commands }) => electionTimeoutMs(commands));
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  /** What is under way ends by itself, in bounded time. */
  async #end(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    await this.#connection.end();
  }

  async #do<T>(operate: (connection: Connection) => Promise<T>): Promise<T> {
    if (this.#closing) throw new Fatal('stopped', { what: 'The journal' });
    const operation = operate(this.#connection);
    this.#underWay.add(operation);
    try {
      return await operation;
    } finally {
      this.#underWay.delete(operation);
    }
  }
}
