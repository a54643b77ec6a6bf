import type { Probe } from '../../contract/probe.ts';
import { queueName } from '../../contract/topology.ts';
import { doubledMs } from '../../core/doubling.ts';
import { Unavailable } from '../../core/errors.ts';
import type { StationRecord } from '../../journal/records.ts';
import type { Acting } from '../acting.ts';
import { longestAheadMs } from '../prefetch.ts';
import { untilKnown } from '../right-to-act.ts';

/** Pauses between two probes of a station while none is taken. */
const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 600_000;

/**
 * The broker has been there for so long before a probe is sent. Whoever held messages because it was away has found it again and sent
 * them by then: connections are tried again each second, publishing every two.
 */
const STEADY_MS = 15_000;

/** How far the queue of a station has moved. Each time is that of a probe. */
interface Progress {
  /** Everything that was sent there before has been delivered, and has had its turn since. */
  passed: number | undefined;
  /** Everything that was sent there before has been delivered; noticed `at`, by the monotonic clock. */
  delivered: { readonly sentAt: number; readonly at: number } | undefined;
}

/** The last probe that was sent to a station. */
interface Sent {
  readonly sentAt: number;
  /** The same moment by the monotonic clock. */
  readonly at: number;
  /** How often the pause has doubled. */
  readonly doubled: number;
}

/**
 * Asks stations how far their queues have moved. A probe goes through the work queue like any message; once it was taken, everything
 * that was sent to the queue before has been delivered to some worker. Whose probe it was makes no difference.
 *
 * P1  A probe that was taken is evidence once what had been delivered before it must have had its turn: a worker takes some
 *     messages ahead, and they leave no trace until there is a slot for them.
 * P2  A probe is sent only when the broker has been there for a while: what others could not send meanwhile stands before it.
 */
export class Probes {
  readonly #acting: Acting;
  readonly #progress = new Map<string, Progress>();
  readonly #sent = new Map<string, Sent>();
  #stations: ReadonlyMap<string, StationRecord> = new Map();
  /** Of actions that no worker has hosted, whether they have a queue; asked once between two looks. */
  readonly #declared = new Map<string, boolean>();

  constructor(acting: Acting) {
    this.#acting = acting;
  }

  /** Learns which stations there are, and which probes were taken. */
  async look(): Promise<void> {
    this.#declared.clear();
    const { line, right } = this.#acting;
    const stations = await untilKnown(() => line.journal.listStations(), right);
    this.#stations = new Map(stations.map((station) => [station._id, station]));
    for (const station of stations) this.#learn(station, line.clock.monotonic());
  }

  /**
   * Whether messages for the action have somewhere to stand: a worker has hosted it, or its queue was declared before any did. Where
   * there is such a queue they are not lost, however long nobody comes.
   */
  async isStation(action: string): Promise<boolean> {
    if (this.#stations.get(action)?.hostedAt !== undefined) return true;
    const known = this.#declared.get(action);
    if (known !== undefined) return known;
    const isDeclared = (await this.#depth(action)) !== null;
    this.#declared.set(action, isDeclared);
    return isDeclared;
  }

  /** Everything that was sent to the station before this moment has had its turn. Undefined: not known yet. */
  passed(action: string): number | undefined {
    return this.#progress.get(action)?.passed;
  }

  /** Sends probes to stations, each at its pace; forgets the pace of the others. */
  async send(actions: ReadonlySet<string>): Promise<void> {
    for (const action of this.#sent.keys()) if (!actions.has(action)) this.#sent.delete(action);
    for (const action of actions) if (await this.#isDue(action)) await this.#sendOne(action);
  }

  #learn({ _id: action, progress, contract }: StationRecord, now: number): void {
    const known = this.#progress.get(action) ?? { passed: undefined, delivered: undefined };
    this.#progress.set(action, known);
    if (known.delivered && now >= known.delivered.at + longestAheadMs(contract.timeoutMs)) {
      known.passed = known.delivered.sentAt;
      known.delivered = undefined;
    }
    const sentAt = progress?.getTime();
    if (sentAt === undefined || known.delivered || sentAt <= (known.passed ?? 0)) return;
    known.delivered = { sentAt, at: now };
  }

  async #isDue(action: string): Promise<boolean> {
    const now = this.#acting.line.clock.monotonic();
    const steadySince = this.#acting.line.broker.publishesSince();
    if (steadySince === undefined || now < steadySince + STEADY_MS) return false;
    if (this.#progress.get(action)?.delivered) return false;
    const last = this.#sent.get(action);
    // Before the broker was away: it may have been lost like everything else.
    if (!last || last.at < steadySince) return true;
    const waited = now - last.at;
    if (waited < FIRST_PAUSE_MS) return false;
    return waited >= doubledMs(FIRST_PAUSE_MS, last.doubled, LONGEST_PAUSE_MS) || (await this.#isEmpty(action));
  }

  /** An empty queue holds no probe: those that were sent to it were lost with it. */
  async #isEmpty(action: string): Promise<boolean> {
    return (await this.#depth(action)) === 0;
  }

  /** Null: there is no such queue. */
  #depth(action: string): Promise<number | null> {
    const { line, right } = this.#acting;
    return untilKnown(() => line.broker.depth(queueName.work(line.namespace, action)), right);
  }

  async #sendOne(action: string): Promise<void> {
    const { line, sender } = this.#acting;
    const probe: Probe = { specversion: '1.0', kind: 'probe', action, sentAt: line.clock.now() };
    const at = line.clock.monotonic();
    const last = this.#sent.get(action);
    const isOpen = last !== undefined && last.sentAt > (this.passed(action) ?? 0);
    this.#sent.set(action, { sentAt: probe.sentAt, at, doubled: isOpen ? last.doubled + 1 : 0 });
    try {
      await sender.probe(probe);
    } catch (error) {
      // There is no such queue at the moment: its workers declare it when they come.
      if (!(error instanceof Unavailable) || error.code !== 'publish-unroutable') throw error;
      this.#sent.set(action, { sentAt: probe.sentAt, at, doubled: 0 });
    }
  }
}
