import type { Clock } from '../../core/clock.ts';
import type { IntentRecord } from '../intent-record.ts';
import type { Journal } from '../journal.ts';
import type { Attempt, DefinitionRecord, Head, Snapshot, StationRecord, WorkerRecord } from '../records.ts';
import type { NotificationRecord, WaitRecord } from '../wait-records.ts';
import { inMemoryJournal } from './journal.ts';

/** What the store has of one workflow. A workflow has attempts and snapshots only if it has, or will have, a head. */
export interface Shelf {
  head: Head | undefined;
  readonly attempts: Map<string, Attempt>;
  readonly snapshots: Map<string, Snapshot>;
}

export interface Heartbeat extends WorkerRecord {
  state: 'alive' | 'dead';
  /** By the store's clock, `monotonic`. */
  renewedAt: number;
  intents: readonly string[];
  /** By its wall clock; since then its state is `dead`. */
  diedAt?: Date;
}

/**
 * The journal's database for one process: keeps nothing, shared by the journals that connect to it. Each of their writes happens
 * at once and whole, in the order of the calls, so that the same calls always lead to the same contents.
 */
export class InMemoryStore {
  readonly shelves = new Map<string, Shelf>();
  readonly waits = new Map<string, WaitRecord>();
  readonly notifications = new Map<string, NotificationRecord>();
  readonly intents = new Map<string, IntentRecord>();
  readonly heartbeats = new Map<string, Heartbeat>();
  readonly definitions = new Map<string, DefinitionRecord>();
  readonly stations = new Map<string, StationRecord>();
  readonly #clock: Clock;

  /** @param clock the database's clock: it judges who lives */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A connection of its own: closing it leaves the others alone. */
  connect(): Journal {
    return inMemoryJournal(this);
  }

  /** Age of a heartbeat. Elapsed time, so that a wall clock that is set does not kill anybody. */
  ageMs(heartbeat: Heartbeat): number {
    return this.#clock.monotonic() - heartbeat.renewedAt;
  }

  get now(): number {
    return this.#clock.monotonic();
  }

  get date(): Date {
    return new Date(this.#clock.now());
  }

  shelf(workflowId: string): Shelf {
    const found = this.shelves.get(workflowId);
    if (found) return found;
    const shelf: Shelf = { head: undefined, attempts: new Map(), snapshots: new Map() };
    this.shelves.set(workflowId, shelf);
    return shelf;
  }
}
