import { InMemoryBroker } from '../broker/in-memory/index.ts';
import { InMemoryStore } from '../journal/in-memory/index.ts';
import type { Journal } from '../journal/journal.ts';
import { OVERDUE_MS } from '../runtime/steward/overdue-waits.ts';
import type { ActionCalls } from './action-calls.ts';
import type { Connection, Premises } from './premises.ts';
import { SeededRandom } from './seeded-random.ts';
import { Traffic } from './traffic.ts';
import { VirtualTime } from './virtual-time.ts';

/** The default of LIVENESS_TIMEOUT. */
const LIVENESS_TIMEOUT_MS = 5_000;

const NAMESPACE = 'test';
const NOT_ON_THE_LINE = new Set([`${NAMESPACE}.dead`]);

/** A broker and a database in memory, in virtual time. The same test takes the same course each time. */
export class InMemoryPremises implements Premises {
  readonly namespace = NAMESPACE;
  readonly scale = 1;
  readonly livenessTimeoutMs = LIVENESS_TIMEOUT_MS;
  readonly random: SeededRandom;
  readonly time: VirtualTime;
  readonly traffic: Traffic;
  readonly journal: Journal;
  readonly #server: InMemoryBroker;
  readonly #store: InMemoryStore;

  constructor(seed: string, calls: ActionCalls) {
    this.random = new SeededRandom(seed);
    this.time = new VirtualTime({ calls, dues: () => this.#dues() });
    this.traffic = new Traffic(this.time.processes);
    this.time.watch(this.traffic);
    this.#server = new InMemoryBroker({ clock: this.time.servers });
    // It judges heartbeats by the clock of those who renew them: while they sleep, it sleeps.
    this.#store = new InMemoryStore(this.time.processes);
    this.journal = this.#store.connect();
  }

  get clock(): VirtualTime['processes'] {
    return this.time.processes;
  }

  get isDrained(): boolean {
    return [...this.#server.depths()].every(
      ([queue, { ready, unacknowledged }]) => NOT_ON_THE_LINE.has(queue) || ready + unacknowledged === 0,
    );
  }

  connect(): Connection {
    const broker = this.#server.connect();
    return { broker, cut: () => broker.kill() };
  }

  async close(): Promise<void> {
    this.#server.close();
  }

  /** What the steward acts on without a message that tells it to. */
  *#dues(): Generator<number> {
    for (const { open, due } of this.#store.waits.values()) if (open && due) yield due.getTime() + OVERDUE_MS;
    for (const { head } of this.#store.shelves.values()) if (head?.deadline) yield head.deadline.getTime();
  }
}
