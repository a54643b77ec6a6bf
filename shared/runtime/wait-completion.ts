import { chooseEdge } from '../core/conditions.ts';
import { describeError } from '../core/errors.ts';
import type { PollAnswer } from '../core/outcome.ts';
import type { Advance, Completion, Park } from '../core/transition.ts';
import { unreachable } from '../core/unreachable.ts';
import { completeWaitByDeadline, completeWaitByNotification, completeWaitByPoll } from '../core/wait.ts';
import type { NotificationRecord, WaitRecord } from '../journal/wait-records.ts';
import type { Acting } from './acting.ts';
import { nextAttemptEnvelope } from './envelopes.ts';
import { followDecided } from './follow-decided.ts';
import { parkUnperformed } from './parking.ts';
import { pauseAt } from './pause-points.ts';
import { untilKnown } from './right-to-act.ts';
import { newSnapshot } from './snapshots.ts';
import { closeWait, settleNotification } from './wait-closing.ts';
import { followFound, readWaitingStep, type WaitingStep } from './waiting-step.ts';
import { planWayBack } from './way-back.ts';

/** What completes a wait. */
export type WaitEnd =
  | { readonly by: 'notification'; readonly notification: Pick<NotificationRecord, '_id' | 'data'> }
  | { readonly by: 'poll'; readonly answer: PollAnswer }
  | { readonly by: 'deadline' };

/**
 * What became of an attempt to complete a wait: `completed` by this, now or before · `late` something else decided the step first ·
 * `parked` this leads nowhere · `removed` the workflow is not in the journal any more. In each case the wait is closed, or whoever decided the
 * step is about to close it, and a notification that did not complete it is settled.
 */
export type WaitResult = 'completed' | 'late' | 'parked' | 'removed';

/**
 * Completes a wait, by whatever came first: the one place where a notification, a poll's answer and the time are put down to the same
 * decision that the action itself could have come to. All who try compete for the snapshot's key; whoever loses follows the winner's
 * decision through, and is recorded as late. May be repeated, by anyone.
 */
export async function completeWait(acting: Acting, wait: WaitRecord, end: WaitEnd): Promise<WaitResult> {
  const step = await readWaitingStep(acting, wait);
  if (!step) return giveUp(acting, wait, end);
  const decision = decide(step, end);
  switch (decision.kind) {
    case 'advance':
      return decideStep(acting, step, end, decision);
    case 'begin-compensation': {
      const { workflowId, step: number, action } = wait;
      const ending = { step: number, action, by: end.by };
      return decideStep(acting, step, end, await planWayBack(acting, workflowId, ending, decision));
    }
    case 'park':
      return park(acting, step, end, decision);
    default:
      return unreachable(decision);
  }
}

function decide({ wait, definition, given }: WaitingStep, end: WaitEnd): Completion {
  const { workflow, version, state, action, otherwise } = wait;
  if (!definition) {
    const reason = describeError('definition-missing', { workflow, version });
    return { kind: 'park', code: 'definition-missing', reason };
  }
  const standing = { definition, state, action, data: given.data };
  switch (end.by) {
    case 'notification':
      return completeWaitByNotification(standing, end.notification.data, chooseEdge);
    case 'poll':
      return completeWaitByPoll(standing, end.answer, chooseEdge);
    case 'deadline':
      return completeWaitByDeadline(standing, otherwise, chooseEdge);
    default:
      return unreachable(end);
  }
}

async function decideStep(acting: Acting, step: WaitingStep, end: WaitEnd, decided: Advance): Promise<WaitResult> {
  const { line, right } = acting;
  const { wait, envelope, startedAt } = step;
  // Nobody worked: how long it waited is from its attempt's `settledAt` to `at`.
  const snapshot = newSnapshot(acting, { ...wait, kind: 'run' }, decided, {
    token: line.random.id(),
    by: end.by,
    ...(end.by === 'notification' ? { notification: end.notification._id } : {}),
  });
  await pauseAt(acting, 'wait-completing', envelope);
  const inserted = await untilKnown(() => line.writes.insertSnapshot(snapshot), right);
  if (inserted === 'duplicate') return giveWay(acting, step, end);
  line.metrics.waitCompleted(wait.action, end.by);
  const { next } = decided;
  if ('end' in next) line.metrics.workflowEnded(wait.workflow, next.end, line.clock.now() - startedAt);
  await pauseAt(acting, 'wait-completed', envelope);
  await followDecided(acting, step, snapshot, false);
  return 'completed';
}

/** The step is decided already: by this very notification, at another's hand or before a crash; or by something that came first. */
async function giveWay(acting: Acting, step: WaitingStep, end: WaitEnd): Promise<WaitResult> {
  const { line, right } = acting;
  const { wait } = step;
  const { workflowId, action } = wait;
  // Ungrouped: only this reading is sure to see what another has just inserted, and none but a lost race asks for it.
  const snapshot = await untilKnown(() => line.journal.readSnapshot(workflowId, wait.step), right);
  if (!snapshot) return giveUp(acting, wait, end);
  const isOwn = end.by === 'notification' && snapshot.notification === end.notification._id;
  if (!isOwn) await recordLate(acting, wait, end);
  await followFound(acting, step, snapshot, wait);
  line.log.debug({ workflowId, step: wait.step, action, by: end.by, late: !isOwn }, 'the wait was completed before');
  return isOwn ? 'completed' : 'late';
}

async function recordLate(acting: Acting, wait: WaitRecord, end: WaitEnd): Promise<void> {
  const { workflowId: usedBy, step, action } = wait;
  acting.line.metrics.waitLate(action, end.by);
  if (end.by !== 'notification') return;
  await settleNotification(acting, end.notification._id, { state: 'late', step, usedBy });
}

/** Its workflow was removed: nobody decides the step any more, and nobody else comes to close its wait, which would be polled for ever. */
async function giveUp(acting: Acting, wait: WaitRecord, end: WaitEnd): Promise<WaitResult> {
  await recordLate(acting, wait, end);
  await closeWait(acting, wait);
  return 'removed';
}

/** What completes the wait leads nowhere: the next attempt is parked unperformed, and the wait is over until an operator comes. */
async function park(acting: Acting, step: WaitingStep, end: WaitEnd, decided: Park): Promise<WaitResult> {
  const { wait, envelope } = step;
  await pauseAt(acting, 'wait-completing', envelope);
  await parkUnperformed(acting, nextAttemptEnvelope(envelope, 0), decided);
  if (end.by === 'notification') {
    const refused = { state: 'refused', step: wait.step, usedBy: wait.workflowId, reason: decided.reason } as const;
    await settleNotification(acting, end.notification._id, refused);
  }
  await closeWait(acting, wait);
  return 'parked';
}
