import { answerAtOnce, type CancelAnswer, decideCancellation, decideOrder } from '../../core/cancellation.ts';
import { chooseEdge } from '../../core/conditions.ts';
import { snapshotId } from '../../core/names.ts';
import type { Advance, Park } from '../../core/transition.ts';
import type { IntentRecord } from '../../journal/intent-record.ts';
import type { HeadChange } from '../../journal/journal.ts';
import type { Attempt, Snapshot } from '../../journal/records.ts';
import type { Acting } from '../acting.ts';
import { startAnnouncement } from '../announcements.ts';
import { newAttempt } from '../attempts.ts';
import { envelopeAt } from '../envelopes.ts';
import { announceDecided, followDecided } from '../follow-decided.ts';
import { dataOfStep } from '../given.ts';
import { type PausePoint, pauseAt } from '../pause-points.ts';
import { untilKnown } from '../right-to-act.ts';
import { readStep } from '../step-view.ts';
import { type Course, planUndoing, tracesUpTo } from '../way-back.ts';
import { type CancelPosition, ownDecision, readPosition } from './cancellation-position.ts';
import { isKnownToAll, readQuietCourse } from './quiet-course.ts';

/** Each time a request is begun anew somebody else went on with it; it does so a few times at most, or something is wrong. */
const MOST_BEGINNINGS = 20;

/** `later`: somebody performs a step, or does not know of the request yet. */
export type Considered = 'answered' | 'later';

/** What one look at an open request led to; with `found`, it was changed by another meanwhile, and is begun again with what stands. */
type Look = { readonly kind: 'later' } | { readonly kind: 'again'; readonly found?: IntentRecord | null };

const AGAIN: Look = { kind: 'again' };
const LATER: Look = { kind: 'later' };

/**
 * Works on requests for cancellation, in the order of journal.md section C. It may be called for the same request by any number of
 * stewards at once, and again after any of them has died: every line can be repeated, and each answer is one conditional write.
 */
export class Cancellations {
  readonly #acting: Acting;
  readonly #livenessTimeoutMs: number;

  /** @param options LIVENESS_TIMEOUT of the workers, milliseconds */
  constructor(acting: Acting, options: { readonly livenessTimeoutMs: number }) {
    this.#acting = acting;
    this.#livenessTimeoutMs = options.livenessTimeoutMs;
  }

  /** Goes on with a request until it is answered or must wait for somebody. @param intent as it was read or inserted */
  async consider(intent: IntentRecord): Promise<Considered> {
    const { line, right } = this.#acting;
    let current: IntentRecord | null = intent;
    for (let beginning = 0; beginning < MOST_BEGINNINGS; beginning += 1) {
      if (!current) return 'answered'; // removed with its workflow
      if (current.state === 'closed') {
        await this.#putAway(current);
        await this.#pause('intent-put-away', current, current.at);
        return 'answered';
      }
      const look: Look = await this.#look(current);
      if (look.kind === 'later') return 'later';
      current = look.found ?? (await untilKnown(() => line.journal.readIntent(intent._id), right));
    }
    return 'later';
  }

  /** Whether a look at an open request can lead to anything: cheap, for the second between its arrival and the end of its grace period. */
  async isRipe({ _id, state }: IntentRecord): Promise<boolean> {
    return state === 'closed' || (await isKnownToAll(this.#acting, _id, this.#livenessTimeoutMs));
  }

  async #look(intent: IntentRecord): Promise<Look> {
    const position = await readPosition(this.#acting, intent);
    if (typeof position === 'string') return this.#answer(intent, { kind: 'refused', state: '', reason: position });
    const own = await ownDecision(this.#acting, intent);
    await this.#pause('position-read', intent, position.step);
    if (own) return this.#conclude(intent, position, own);
    const answer = answerAtOnce({ ...position, pinned: intent.at === position.step });
    if (answer) return this.#answer(intent, answer);

    const { _id, workflowId, requestedAt: at } = intent;
    await this.#changeHead({ kind: 'cancelling', workflowId, intent: _id, at });
    if (!(await isKnownToAll(this.#acting, _id, this.#livenessTimeoutMs))) return LATER;
    await this.#pause('grace-over', intent, position.step);
    // Only now: whoever began a step before it knew of the request is seen.
    const course = await readQuietCourse(this.#acting, workflowId, this.#livenessTimeoutMs);
    if (!course) return LATER;
    if (course.snapshots.some(({ step }) => step === position.step)) return AGAIN;
    await this.#pause('course-read', intent, position.step);
    return this.#cancel(intent, position, course);
  }

  /** Nobody performs, and nobody will: the step is decided by the request, if nothing that was on its way comes first. */
  async #cancel(intent: IntentRecord, position: CancelPosition, course: Course): Promise<Look> {
    const { line, right } = this.#acting;
    const { step } = position;
    const decided = await this.#decide(intent, position, course);
    if (decided.kind === 'park') {
      return this.#answer(intent, { kind: 'refused', state: position.state, reason: decided.reason });
    }
    const pinned = await untilKnown(() => line.journal.pinIntent(intent._id, intent.at, step), right);
    if (pinned?.state !== 'open' || pinned.at !== step) return { kind: 'again', found: pinned };
    await this.#pause('intent-pinned', intent, step);
    await this.#announceBefore(position);

    const last = course.attempts.findLast((attempt) => attempt.step === step) ?? (await this.#number(intent, position));
    if (!last) return AGAIN;
    await this.#pause('cancel-numbered', intent, step);
    const snapshot = this.#snapshotOf(intent, decided, last);
    if ((await untilKnown(() => line.writes.insertSnapshot(snapshot), right)) === 'duplicate') return AGAIN;
    this.#count(position, decided);
    await this.#pause('cancel-decided', intent, step);
    return this.#conclude(pinned, position, snapshot);
  }

  /**
   * Whoever took the step before may not have announced it yet, or have died over it; once this step has an attempt, nobody is sent after
   * that any more, and the cancellation's own event would come first.
   */
  async #announceBefore({ head, definition, last }: CancelPosition): Promise<void> {
    const { line, sender } = this.#acting;
    if (!last) return sender.announce(startAnnouncement(head, definition));
    const { step, attempt, action, state, data } = last;
    const envelope = envelopeAt(head, { step, attempt, action, state, data }, line.clock.now());
    await announceDecided(this.#acting, { envelope, definition }, last);
  }

  async #decide(intent: IntentRecord, position: CancelPosition, course: Course): Promise<Advance | Park> {
    const { definition, state, step, data: before } = position;
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

  /** The workflow is cancelled by this request: what follows from that, and then the answer. */
  async #conclude(intent: IntentRecord, position: CancelPosition, snapshot: Snapshot): Promise<Look> {
    const { line } = this.#acting;
    const { head, definition } = position;
    const { workflowId, step, attempt, action, state, data, next, undo } = snapshot;
    const { moved } = await readStep(this.#acting, snapshot);
    const envelope = envelopeAt(head, { step, attempt, action, state, data }, line.clock.now());
    await followDecided(this.#acting, { envelope, definition }, snapshot, moved);
    if ('action' in next && !undo) {
      await this.#changeHead({ kind: 'resumed', workflowId, step });
      await this.#changeHead({ kind: 'waited', workflowId, step });
    }
    await this.#pause('cancel-followed', intent, step);
    return this.#answer(intent, { kind: 'accepted' });
  }

  /** One conditional write, on the request as it was read: two stewards would answer differently else. */
  async #answer(intent: IntentRecord, answer: CancelAnswer): Promise<Look> {
    const { line, right } = this.#acting;
    const { _id, at, workflowId } = intent;
    const closedAt = new Date(line.clock.now());
    const found = await untilKnown(() => line.journal.closeIntent(_id, at, answer, closedAt), right);
    await this.#pause('intent-closed', intent, at);
    if (found?.state === 'closed')
      line.log.info({ intent: _id, workflowId, answer: found.answer }, 'cancellation answered');
    return { kind: 'again', found };
  }

  /** Whoever finds it answered: another may have said that the workflow is `cancelling` after that, from what it had read before. */
  #putAway({ _id: intent, workflowId }: IntentRecord): Promise<void> {
    return this.#changeHead({ kind: 'not-cancelling', workflowId, intent });
  }

  #snapshotOf(
    { _id: intent, workflowId }: IntentRecord,
    decided: Advance,
    { step, attempt, action }: Attempt,
  ): Snapshot {
    const { line, workerId } = this.#acting;
    const { changes, state, data, next, failure, undo } = decided;
    return {
      _id: snapshotId(workflowId, step),
      workflowId,
      step,
      kind: 'cancel',
      action,
      attempt,
      worker: workerId,
      token: line.random.id(),
      changes,
      state,
      data,
      next,
      ...(failure ? { failure } : {}),
      ...(undo ? { undo } : {}),
      intent,
      at: new Date(line.clock.now()),
      durationMs: 0,
    };
  }

  #count({ head }: CancelPosition, { next }: Advance): void {
    const { metrics, clock } = this.#acting.line;
    if ('end' in next) metrics.workflowEnded(head.workflow, next.end, clock.now() - head.startedAt.getTime());
  }

  #changeHead(change: HeadChange): Promise<void> {
    const { line, right } = this.#acting;
    return untilKnown(() => line.writes.changeHead(change), right);
  }

  #pause(point: PausePoint, { workflowId }: IntentRecord, step: number): Promise<void> | undefined {
    return pauseAt(this.#acting, point, { workflowId, step, attempt: 0 });
  }
}

/** The action that the undecided step is about; what is at an end or on its way back was answered before. */
function actionOf({ next }: CancelPosition): string {
  if ('action' in next) return next.action;
  throw new TypeError('an ended or compensating workflow has no step to cancel');
}
