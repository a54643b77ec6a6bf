import type { Head } from '../../journal/records.ts';
import type { Acting } from '../acting.ts';
import { changeHead } from '../head-change.ts';
import { MOST_KNOWN } from '../known-intents.ts';
import { pauseAt } from '../pause-points.ts';
import { untilKnown } from '../right-to-act.ts';
import { forEachFound, HeadWalk } from './head-walk.ts';
import { type Due, type Judgement, judge, sinceOf } from './judgement.ts';
import { QUIET_MS } from './margins.ts';
import { Probes } from './probes.ts';
import { type Found, firstActionOf, markRedriven, putRight, sendDue } from './redrive.ts';
import type { Round } from './round.ts';

/** Clocks differ, and a message takes a moment from its sender to its queue. */
const SLACK_MS = 5_000;

/** A message that came while its holder lived may rest on the delay ladder for so long. */
const LONGEST_REST_MS = 30_000;

const BETWEEN_WALKS_MS = 5_000;
const LOOK_EVERY_MS = 2_000;
const REDRIVE_EVERY_MS = 500;

/** One run goes on until it has read so many workflows, or so many pages that had none. */
const MOST_FOUND = 1_000;
const MOST_PAGES = 40;

interface Judged extends Found {
  readonly judgement: Judgement;
}

/**
 * Finds what should be moving and is not, by the journal alone: messages that a broker lost, with its data or with a queue that somebody
 * deleted; and heads that say less than the journal.
 *
 * M1  What only stands in a long queue is not lost. Lost is what was due at a station well before a probe was sent there, and is
 *     untouched although the probe was taken and what was taken ahead of it has had its turn. A station that takes nothing takes no
 *     probe, and so loses nothing. Only what a worker that ends gives back may stand behind a probe that was sent after it: then a copy
 *     too many is sent, of at most what that worker had taken ahead.
 * M2  While its holder lives, an attempt is not lost; nor while a request for cancellation is open, since its messages stand back then.
 * M3  Before a message is sent again, that is noted in the journal, by one of all stewards; from then on it counts as sent at that
 *     moment. So it is sent again once, by whomever, until a probe that was sent after it has passed through its queue.
 * M4  Whatever is sent is what the journal says: the last attempt of the current step. A copy too many merges.
 *
 * It remembers nothing but which workers were found dead, and its probes: another steward, or the next process, begins anew.
 */
export class LostMessages implements Round {
  readonly name = 'lost-messages';
  readonly #acting: Acting;
  readonly #livenessTimeoutMs: number;
  readonly #walk: HeadWalk;
  readonly #probes: Probes;
  /** When each was first found dead: before that its messages lay with it. By the wall clock, as what they are compared to. */
  #foundDead = new Map<string, number>();
  /** As far as this walk has come across them. */
  #stillDead = new Map<string, number>();
  #living = new Set<string>();
  /** Whether this walk has found something lost. */
  #isRedriving = false;
  readonly #asked = new Set<string>();

  /** Slowly while it only looks: its reads compete with the line's work. */
  get everyMs(): number {
    if (this.#walk.isAtBegin) return BETWEEN_WALKS_MS;
    return this.#isRedriving ? REDRIVE_EVERY_MS : LOOK_EVERY_MS;
  }

  /** @param livenessTimeoutMs LIVENESS_TIMEOUT of the workers, milliseconds */
  constructor(acting: Acting, livenessTimeoutMs: number) {
    this.#acting = acting;
    this.#livenessTimeoutMs = livenessTimeoutMs;
    this.#walk = new HeadWalk(acting, { statuses: ['running', 'cancelling', 'compensating'], youngMs: QUIET_MS });
    this.#probes = new Probes(acting);
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#probes.look();
    if (this.#walk.isAtBegin) this.#begin();
    this.#living = new Set();
    let left = MOST_FOUND;
    for (let pages = 0; pages < MOST_PAGES && left > 0 && !signal.aborted; pages += 1) {
      const found = await this.#walk.page();
      left -= found.length;
      await this.#attend(found, signal);
      if (this.#walk.isAtBegin) return this.#end(signal);
    }
  }

  #begin(): void {
    this.#isRedriving = false;
    this.#asked.clear();
    this.#stillDead = new Map();
  }

  async #end(signal: AbortSignal): Promise<void> {
    this.#foundDead = this.#stillDead;
    if (!signal.aborted) await this.#probes.send(this.#asked);
  }

  async #attend(found: readonly Found[], signal: AbortSignal): Promise<void> {
    const judged = found.map((one) => ({ ...one, judgement: judge(one.head, one.stand) }));
    const still = judged.filter(({ head, judgement }) => this.#isStill(judgement) || head.cancelling);
    if (still.length === 0) return;
    const { line, right } = this.#acting;
    // Read after their heads: of a request that a head tells of it is certain then whether it is open.
    const open = await untilKnown(() => line.journal.openIntents(MOST_KNOWN), right);
    const cancelling = new Set(open.map(({ workflowId }) => workflowId));
    const alone = still.filter(({ head }) => !cancelling.has(head._id));
    await forEachFound(this.#acting, alone, (one) => this.#lookAfter(one), signal);
  }

  /** Nothing has happened for a while, nor is anything to happen. */
  #isStill(judgement: Judgement): boolean {
    const since = sinceOf(judgement);
    return since !== undefined && since.getTime() < this.#acting.line.clock.now() - QUIET_MS;
  }

  async #lookAfter(found: Judged): Promise<void> {
    const { judgement } = found;
    await this.#putAway(found.head);
    if (!this.#isStill(judgement)) return;
    await putRight(this.#acting, found, judgement);
    if (judgement.kind !== 'moving') return;
    if (!(await this.#isLost(found, judgement.due)) || !(await markRedriven(this.#acting, found.head))) return;
    this.#isRedriving = true;
    const { step, number } = judgement.due;
    await pauseAt(this.#acting, 'message-noted', { workflowId: found.head._id, step, attempt: number });
    await sendDue(this.#acting, found, judgement.due);
  }

  /**
   * A head that says `cancelling` of a request that is answered: whoever wrote it had read the request before, and died over it. Nobody else
   * comes by, since neither the request nor its deadline is open any more.
   */
  async #putAway({ _id: workflowId, cancelling }: Head): Promise<void> {
    if (!cancelling) return;
    const { intent } = cancelling;
    await changeHead(this.#acting, { kind: 'not-cancelling', workflowId, intent });
    await pauseAt(this.#acting, 'head-put-right', { workflowId, step: 0, attempt: 0 });
  }

  async #isLost({ head }: Found, { action, since, holder }: Due): Promise<boolean> {
    const at = action ?? (await firstActionOf(this.#acting, head));
    // There is no queue in which it could stand, and there never was: it is parked, as it would have been.
    if (at !== undefined && !(await this.#probes.isStation(at))) return true;
    if (at === undefined) return false;
    const deadSince = holder === undefined ? 0 : await this.#deadSince(holder);
    if (deadSince === undefined) return false;
    const restedUntil = holder === undefined ? 0 : deadSince + LONGEST_REST_MS;
    const sentAt = Math.max(since.getTime(), restedUntil, head.redriven?.at.getTime() ?? 0);
    const passed = this.#probes.passed(at);
    if (passed !== undefined && sentAt + SLACK_MS < passed) return true;
    this.#asked.add(at);
    return false;
  }

  /** Undefined: it lives. */
  async #deadSince(holder: string): Promise<number | undefined> {
    const known = this.#stillDead.get(holder) ?? this.#foundDead.get(holder);
    if (known === undefined && this.#living.has(holder)) return undefined;
    const { line, right } = this.#acting;
    if (known === undefined) {
      const judged = await untilKnown(() => line.journal.judgeHolder(holder, this.#livenessTimeoutMs), right);
      if (judged.kind === 'alive') {
        this.#living.add(holder);
        return undefined;
      }
    }
    const since = known ?? line.clock.now();
    this.#stillDead.set(holder, since);
    return since;
  }
}
