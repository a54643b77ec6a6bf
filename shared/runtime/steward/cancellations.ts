import { answerAtOnce, type CancelAnswer, decideCancellation, decideOrder } from '../../core/cancellation.ts';
import { chooseEdge } from '../../core/conditions.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Advance, Park } from '../../core/transition.ts';
import type { IntentRecord } from '../../journal/intent-record.ts';
import type { DecidedStep, IntentStand } from '../../journal/journal.ts';
import type { Attempt, Snapshot } from '../../journal/records.ts';
import type { Acting } from '../acting.ts';
import { startAnnouncement } from '../announcements.ts';
import { newAttempt } from '../attempts.ts';
import { envelopeAt } from '../envelopes.ts';
import { announceDecided, followDecided } from '../follow-decided.ts';
import { dataOfStep } from '../given.ts';
import { changeHead } from '../head-change.ts';
import { holdersOf } from '../holders.ts';
import { type PausePoint, pauseAt } from '../pause-points.ts';
import { untilKnown } from '../right-to-act.ts';
import { newSnapshot } from '../snapshots.ts';
import { findDecision } from '../step-view.ts';
import { planUndoing, tracesUpTo } from '../way-back.ts';
import { type CancelPosition, readPosition } from './cancellation-position.ts';
import { GracePeriod, isDead } from './grace-period.ts';

/** Each time a request is begun anew somebody else went on with it; it does so a few times at most, or something is wrong. */
const MOST_BEGINNINGS = 20;

/** Not answered yet: its grace period is not over, since somebody does not know of it · somebody performs a step of its workflow. */
export type Considered = 'answered' | 'in-grace-period' | 'held';

/** What one look at an open request led to; with `found`, it was changed by another meanwhile, and is begun again with what stands. */
type Look =
  | { readonly kind: Exclude<Considered, 'answered'> }
  | { readonly kind: 'again'; readonly found?: IntentRecord | null };

const AGAIN: Look = { kind: 'again' };

/**
 * Works on requests for cancellation, in the order of journal.md section C. It may be called for the same request by any number of
 * stewards at once, and again after any of them has died: every line can be repeated, and each answer is one conditional write.
 *
 * What it reads and writes is grouped with what it reads and writes for other requests at the same time.
 */
export class Cancellations {
  readonly #acting: Acting;
  readonly #livenessTimeoutMs: number;
  readonly #grace: GracePeriod;

  /** @param options LIVENESS_TIMEOUT of the workers, milliseconds */
  constructor(acting: Acting, options: { readonly livenessTimeoutMs: number }) {
    this.#acting = acting;
    this.#livenessTimeoutMs = options.livenessTimeoutMs;
    this.#grace = new GracePeriod(acting, options.livenessTimeoutMs);
  }

  /** Goes on with a request until it is answered or must wait for somebody. @param intent as it was read or inserted */
  async consider(intent: IntentRecord): Promise<Considered> {
    const { line, right } = this.#acting;
    const dead = new Set<string>();
    let current: IntentRecord | null = intent;
    for (let beginning = 0; beginning < MOST_BEGINNINGS; beginning += 1) {
      if (!current) return 'answered'; // removed with its workflow
      if (current.state === 'closed') {
        await this.#putAway(current);
        await this.#pause('intent-put-away', current, current.at);
        return 'answered';
      }
      const look: Look = await this.#look(current, dead);
      if (look.kind !== 'again') return look.kind;
      current = look.found ?? (await untilKnown(() => line.journal.readIntent(intent._id), right));
    }
    return 'held';
  }

  /** Waits for the end of its grace period, for a few seconds: a second as a rule. False: it takes longer. */
  graceOver({ _id }: IntentRecord): Promise<boolean> {
    return this.#grace.passed(_id);
  }

  /** @param dead workers that were found dead over this request */
  async #look(intent: IntentRecord, dead: Set<string>): Promise<Look> {
    const isGraceOver = await this.#grace.isOver(intent._id);
    if (isGraceOver) await this.#pause('grace-over', intent, intent.at);
    // Only after that: whoever began a step before it knew of the request is seen.
    const position = await readPosition(this.#acting, intent);
    if (typeof position === 'string') return this.#answer(intent, { kind: 'refused', state: '', reason: position });
    await this.#pause('position-read', intent, position.step);
    if (position.own) return this.#conclude(intent, position, position.own);
    const answer = answerAtOnce({ ...position, pinned: intent.at === position.step });
    if (answer) return this.#answer(intent, answer);
    if (!isGraceOver) return this.#waitFor('in-grace-period', intent);

    const holders = [...holdersOf(position.course)].filter((worker) => !dead.has(worker));
    for (const worker of holders) {
      if (!(await isDead(this.#acting, worker, this.#livenessTimeoutMs))) return this.#waitFor('held', intent);
      dead.add(worker);
    }
    // What a holder wrote last may have come between the reading and its death: so it is read again.
    if (holders.length > 0) return AGAIN;
    await this.#pause('course-read', intent, position.step);
    return this.#cancel(intent, position);
  }

  /** Who asks must see meanwhile that it is considered. */
  async #waitFor(kind: Exclude<Considered, 'answered'>, intent: IntentRecord): Promise<Look> {
    const { _id, workflowId, requestedAt: at } = intent;
    await changeHead(this.#acting, { kind: 'cancelling', workflowId, intent: _id, at });
    return { kind };
  }

  /** Nobody performs, and nobody will: the step is decided by the request, if nothing that was on its way comes first. */
  async #cancel(intent: IntentRecord, position: CancelPosition): Promise<Look> {
    const { line, right } = this.#acting;
    const { step, course } = position;
    const before = position.last && (await findDecision(this.#acting, position.last));
    if (position.last && !before) return AGAIN; // removed meanwhile
    const decided = await this.#decide(intent, position, before?.data ?? position.head.input);
    if (decided.kind === 'park') {
      return this.#answer(intent, { kind: 'refused', state: position.state, reason: decided.reason });
    }
    const pin = { id: intent._id, atAsRead: intent.at, at: step };
    const pinned = await untilKnown(() => line.writes.pinIntent(pin), right);
    if (pinned?.state !== 'open' || pinned.at !== step) return { kind: 'again', found: asItStands(intent, pinned) };
    await this.#pause('intent-pinned', intent, step);
    await this.#announceBefore(position, before);

    const last = course.attempts.findLast((attempt) => attempt.step === step) ?? (await this.#number(intent, position));
    if (!last) return AGAIN;
    await this.#pause('cancel-numbered', intent, step);
    const details = { token: line.random.id(), intent: intent._id };
    const snapshot = newSnapshot(this.#acting, { ...last, kind: 'cancel' }, decided, details);
    if ((await untilKnown(() => line.writes.insertSnapshot(snapshot), right)) === 'duplicate') return AGAIN;
    this.#count(position, decided);
    await this.#pause('cancel-decided', intent, step);
    return this.#follow({ ...intent, ...pinned }, position, snapshot);
  }

  /**
   * Whoever took the step before may not have announced it yet, or have died over it; once this step has an attempt, nobody is sent after
   * that any more, and the cancellation's own event would come first.
   */
  async #announceBefore({ head, definition }: CancelPosition, last: Snapshot | null): Promise<void> {
    const { line, sender } = this.#acting;
    if (!last) return sender.announce(startAnnouncement(head, definition));
    const { step, attempt, action, state, data } = last;
    const envelope = envelopeAt(head, { step, attempt, action, state, data }, line.clock.now());
    await announceDecided(this.#acting, { envelope, definition }, last);
  }

  /** @param before the workflow's data as the last decision left it */
  async #decide(intent: IntentRecord, position: CancelPosition, before: JsonObject): Promise<Advance | Park> {
    const { definition, state, step, course } = position;
    const data = dataOfStep(before, course.attempts, step);
    const plan = await planUndoing(this.#acting, tracesUpTo(step, course));
    const { order, reason } = intent;
    if (!order) return decideCancellation(definition, { state, data }, plan, chooseEdge);
    const action = actionOf(position);
    return decideOrder({ definition, state, action, data }, { order, reason, plan }, chooseEdge);
  }

  /**
   * Takes the step's first number, if nobody has it: else a late copy of its message would be performed after the cancellation. Only after
   * the pin: were the request refused instead, the workflow would stand still behind that number. Undefined: somebody had it.
   */
  async #number(intent: IntentRecord, position: CancelPosition): Promise<Attempt | undefined> {
    const { line, right } = this.#acting;
    const { workflowId } = intent;
    const action = actionOf(position);
    const attempt = newAttempt(this.#acting, { workflowId, step: position.step, attempt: 1, kind: 'cancel', action });
    const settled: Attempt = { ...attempt, fate: 'released', settledAt: attempt.at };
    const inserted = await untilKnown(() => line.writes.insertAttempt(settled), right);
    return inserted === 'inserted' ? settled : undefined;
  }

  /** The workflow is cancelled by this request: whoever decided that may have died before what follows, or before the answer. */
  async #conclude(intent: IntentRecord, position: CancelPosition, own: DecidedStep): Promise<Look> {
    const snapshot = await findDecision(this.#acting, own);
    return snapshot ? this.#follow(intent, position, snapshot) : AGAIN;
  }

  async #follow(intent: IntentRecord, { head, definition }: CancelPosition, snapshot: Snapshot): Promise<Look> {
    const { line, right } = this.#acting;
    const { workflowId, step, attempt, action, state, data, next, undo } = snapshot;
    const moved = await untilKnown(() => line.reads.isAttempted({ workflowId, step: step + 1 }), right);
    const envelope = envelopeAt(head, { step, attempt, action, state, data }, line.clock.now());
    await followDecided(this.#acting, { envelope, definition }, snapshot, moved);
    if ('action' in next && !undo) {
      await changeHead(this.#acting, { kind: 'resumed', workflowId, step });
      await changeHead(this.#acting, { kind: 'waited', workflowId, step });
    }
    await this.#pause('cancel-followed', intent, step);
    return this.#answer(intent, { kind: 'accepted' });
  }

  /** One conditional write, on the request as it was read: two stewards would answer differently else. */
  async #answer(intent: IntentRecord, answer: CancelAnswer): Promise<Look> {
    const { line, right } = this.#acting;
    const { _id: id, at: atAsRead, workflowId } = intent;
    const closing = { id, atAsRead, answer, closedAt: new Date(line.clock.now()) };
    const stands = await untilKnown(() => line.writes.closeIntent(closing), right);
    await this.#pause('intent-closed', intent, atAsRead);
    if (stands?.state === 'closed')
      line.log.info({ intent: id, workflowId, answer: stands.answer }, 'cancellation answered');
    return { kind: 'again', found: asItStands(intent, stands) };
  }

  /** Whoever finds it answered: another may have said that the workflow is `cancelling` after that, from what it had read before. */
  #putAway({ _id: intent, workflowId }: IntentRecord): Promise<void> {
    return changeHead(this.#acting, { kind: 'not-cancelling', workflowId, intent });
  }

  #count({ head }: CancelPosition, { next }: Advance): void {
    const { metrics, clock } = this.#acting.line;
    if ('end' in next) metrics.workflowEnded(head.workflow, next.end, clock.now() - head.startedAt.getTime());
  }

  #pause(point: PausePoint, { workflowId }: IntentRecord, step: number): Promise<void> | undefined {
    return pauseAt(this.#acting, point, { workflowId, step, attempt: 0 });
  }
}

const asItStands = (intent: IntentRecord, stands: IntentStand | null): IntentRecord | null =>
  stands && { ...intent, ...stands };

/** The action that the undecided step is about; what is at an end or on its way back was answered before. */
function actionOf({ next }: CancelPosition): string {
  if ('action' in next) return next.action;
  throw new TypeError('an ended or compensating workflow has no step to cancel');
}
