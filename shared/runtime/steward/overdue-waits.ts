import { queueName } from '../../contract/topology.ts';
import { doubledMs } from '../../core/doubling.ts';
import type { WaitPlace } from '../../journal/journal.ts';
import type { WaitRecord } from '../../journal/wait-records.ts';
import type { Acting } from '../acting.ts';
import { untilKnown } from '../right-to-act.ts';
import { followWait } from '../waiting-step.ts';
import type { Round } from './round.ts';

/** A ticket that is this late, milliseconds, is no longer on its way as a rule. */
export const OVERDUE_MS = 30_000;
const EVERY_MS = 10_000;
/** Waits that one run looks at. */
const PAGE = 500;
/** Pauses before the same ticket is sent again: whoever holds it may be polling for as long as an action may take. */
const FIRST_AGAIN_MS = 60_000;
const LONGEST_AGAIN_MS = 3_600_000;

interface Sent {
  readonly ticket: number;
  readonly times: number;
  /** By the monotonic clock. */
  readonly notBefore: number;
}

/**
 * Replaces the tickets of waits that are overdue (journal.md D4), and closes waits whose step was decided by who did not get to it. Walks
 * over all that are overdue, a page a run. A ticket that merely stands in its station's queue is not lost: nothing is sent to a queue in
 * which messages stand, and to an empty one the same ticket ever more seldom. What is sent too often merges at the station.
 */
export class OverdueWaits implements Round {
  readonly name = 'overdue-waits';
  readonly everyMs = EVERY_MS;
  readonly #acting: Acting;
  #after: WaitPlace | undefined;
  /** Of this walk and the one before it: what is not seen again is forgotten. */
  #sent = new Map<string, Sent>();
  #sentBefore: ReadonlyMap<string, Sent> = new Map();

  constructor(acting: Acting) {
    this.#acting = acting;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { line, right } = this.#acting;
    const before = new Date(line.clock.now() - OVERDUE_MS);
    const waits = await untilKnown(() => line.journal.findOverdueWaits(before, PAGE, this.#after), right);
    const snapshots = await untilKnown(() => line.journal.findSnapshots(waits), right);
    const decided = new Map(snapshots.map((snapshot) => [snapshot._id, snapshot]));
    const standing = new Map<string, Promise<boolean>>();
    for (const wait of waits) {
      if (signal.aborted) return;
      const snapshot = decided.get(wait._id);
      if (snapshot) await followWait(this.#acting, wait, snapshot);
      else await this.#replace(wait, standing);
    }
    this.#goOn(waits);
  }

  /** The next page; behind the last one the walk begins anew. */
  #goOn(waits: readonly WaitRecord[]): void {
    const last = waits.at(-1);
    this.#after = last?.due && waits.length === PAGE ? { _id: last._id, due: last.due } : undefined;
    if (this.#after) return;
    this.#sentBefore = this.#sent;
    this.#sent = new Map();
  }

  async #replace(wait: WaitRecord, standing: Map<string, Promise<boolean>>): Promise<void> {
    const { line, sender } = this.#acting;
    const { action } = wait;
    const known = standing.get(action) ?? this.#standsInQueue(action);
    standing.set(action, known);
    const last = this.#lastSent(wait);
    if (last) this.#sent.set(wait._id, last);
    if (await known) return;
    const now = line.clock.monotonic();
    if (last && now < last.notBefore) return;
    const times = last?.times ?? 0;
    const notBefore = now + doubledMs(FIRST_AGAIN_MS, times, LONGEST_AGAIN_MS);
    this.#sent.set(wait._id, { ticket: wait.ticket, times: times + 1, notBefore });
    line.metrics.ticketReplaced(action);
    line.log.forStep(wait).warn({ ticket: wait.ticket, due: wait.due?.toISOString() }, 'overdue ticket sent again');
    await sender.sendTicket(wait, 0);
  }

  /** Whether tickets stand in the action's queue, or there is none that could take one. */
  async #standsInQueue(action: string): Promise<boolean> {
    const { line, right } = this.#acting;
    const depth = await untilKnown(() => line.broker.depth(queueName.wait(line.namespace, action)), right);
    return depth !== 0;
  }

  #lastSent({ _id, ticket }: WaitRecord): Sent | undefined {
    const sent = this.#sent.get(_id) ?? this.#sentBefore.get(_id);
    return sent?.ticket === ticket ? sent : undefined;
  }
}
