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

/** Probes of one station that are remembered: more than lie in its queue for half a day. */
const MOST_REMEMBERED = 100;

/** What is known of one station. */
interface Probed {
  /** Probes that nobody has taken yet, the oldest first. */
  sent: number[];
  /** When the last one was sent, by the monotonic clock. */
  lastAt: number;
  /** How often the pause has doubled. */
  doubled: number;
  /** The probe that was taken, and when that was noticed, by the monotonic clock. */
  taken: { readonly sentAt: number; readonly at: number } | undefined;
}

/**
 * Asks stations how far their queues have moved. A probe goes through the work queue like any message; once it was taken, everything
 * that was sent to the queue before has been delivered to some worker.
 *
 * P1  A probe that was taken is evidence once what had been delivered before it must have had its turn: a worker takes some
 *     messages ahead, and they leave no trace until there is a slot for them.
 * P2  Each piece of evidence is used for one walk. The next probe is sent after it, and so stands behind what was sent again.
 * P3  Of several stewards, the one whose probe was taken last acts on it: `progress` names that one alone.
 */
export class Probes {
  readonly #acting: Acting;
  readonly #probed = new Map<string, Probed>();
  #stations: ReadonlyMap<string, StationRecord> = new Map();

  constructor(acting: Acting) {
    this.#acting = acting;
  }

  /** Learns which stations there are, and which probes were taken. */
  async look(): Promise<void> {
    const { line, right } = this.#acting;
    const stations = await untilKnown(() => line.journal.listStations(), right);
    this.#stations = new Map(stations.map((station) => [station._id, station]));
    for (const [action, probed] of this.#probed) {
      const progress = this.#stations.get(action)?.progress?.getTime();
      if (progress !== undefined) this.#learn(probed, progress);
    }
  }

  /** Whether a worker has ever hosted the action. */
  isStation(action: string): boolean {
    return this.#stations.get(action)?.hostedAt !== undefined;
  }

  /** By action: everything that was due there before this moment has had its turn. Each is given once (P2). */
  takeEvidence(): ReadonlyMap<string, number> {
    const evidence = new Map<string, number>();
    for (const [action, probed] of this.#probed) {
      const { taken } = probed;
      if (!taken || this.#acting.line.clock.monotonic() < taken.at + this.#aheadMs(action)) continue;
      evidence.set(action, taken.sentAt);
      probed.taken = undefined;
      probed.doubled = 0;
    }
    return evidence;
  }

  /** Sends probes to stations, each at its pace; forgets the others. */
  async send(actions: ReadonlySet<string>): Promise<void> {
    for (const action of this.#probed.keys()) if (!actions.has(action)) this.#probed.delete(action);
    for (const action of actions) {
      const probed = this.#probed.get(action) ?? {
        sent: [],
        lastAt: Number.NEGATIVE_INFINITY,
        doubled: 0,
        taken: undefined,
      };
      this.#probed.set(action, probed);
      if (!probed.taken && (await this.#isDue(action, probed))) await this.#sendOne(action, probed);
    }
  }

  #learn(probed: Probed, progress: number): void {
    const isOwn = probed.sent.includes(progress);
    probed.sent = probed.sent.filter((sentAt) => sentAt > progress);
    if (isOwn && !probed.taken) probed.taken = { sentAt: progress, at: this.#acting.line.clock.monotonic() };
  }

  async #isDue(action: string, { lastAt, doubled }: Probed): Promise<boolean> {
    const waited = this.#acting.line.clock.monotonic() - lastAt;
    if (waited < FIRST_PAUSE_MS) return false;
    return waited >= doubledMs(FIRST_PAUSE_MS, doubled, LONGEST_PAUSE_MS) || (await this.#isEmpty(action));
  }

  /** An empty queue holds no probe: those that were sent to it were lost with it. */
  async #isEmpty(action: string): Promise<boolean> {
    const { line, right } = this.#acting;
    return (await untilKnown(() => line.broker.depth(queueName.work(line.namespace, action)), right)) === 0;
  }

  async #sendOne(action: string, probed: Probed): Promise<void> {
    const { line, sender } = this.#acting;
    const probe: Probe = { specversion: '1.0', kind: 'probe', action, sentAt: line.clock.now() };
    probed.lastAt = line.clock.monotonic();
    try {
      await sender.probe(probe);
    } catch (error) {
      // There is no such queue at the moment: its workers declare it when they come.
      if (error instanceof Unavailable && error.code === 'publish-unroutable') return;
      throw error;
    }
    if (probed.sent.length > 0) probed.doubled += 1;
    probed.sent = [...probed.sent, probe.sentAt].slice(-MOST_REMEMBERED);
  }

  #aheadMs(action: string): number {
    return longestAheadMs(this.#stations.get(action)?.contract.timeoutMs ?? 0);
  }
}
