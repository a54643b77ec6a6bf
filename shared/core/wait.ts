// What decides a wait: a notification, a poll's answer, the time. Each is a pure function to the same decision that the action
// itself could have come to, so that the step ends the same way whoever comes first.
import type { ActionContract } from './action.ts';
import { describeError } from './errors.ts';
import { type JsonObject, jsonDepth } from './json.ts';
import { checkJson } from './json-schema-check.ts';
import { LIMITS } from './limits.ts';
import type { Pending, PollAnswer, Waiting } from './outcome.ts';
import { type PollingPolicy, pollDelayMs } from './polling-policy.ts';
import { advance, type ChooseEdge, type Completion, earlier, type StepTurn, takeFailureEdge } from './transition.ts';
import { unreachable } from './unreachable.ts';

/** Who decided a wait. */
export type CompletedBy = 'notification' | 'poll' | 'deadline';

/** A notification came: its payload is the change set. @param payload one that `notificationProblem` finds nothing wrong with */
export const completeWaitByNotification = (turn: StepTurn, payload: JsonObject, chooseEdge: ChooseEdge): Completion =>
  advance(turn, payload, chooseEdge);

/** A poll brought the answer. */
export function completeWaitByPoll(turn: StepTurn, answer: PollAnswer, chooseEdge: ChooseEdge): Completion {
  switch (answer.kind) {
    case 'completed':
      return advance(turn, answer.changes, chooseEdge);
    case 'failed':
      return takeFailureEdge(turn, answer, chooseEdge);
    default:
      return unreachable(answer);
  }
}

/**
 * The time is over: the step ends with the failure that the wait named, or completes with no changes.
 * @param otherwise the declared failure that the wait named, if it did
 */
export function completeWaitByDeadline(
  turn: StepTurn,
  otherwise: string | undefined,
  chooseEdge: ChooseEdge,
): Completion {
  if (otherwise === undefined) return advance(turn, {}, chooseEdge);
  return takeFailureEdge(turn, { code: otherwise, message: 'the time of the wait is over' }, chooseEdge);
}

/** A wait's next ticket, when a poll found nothing. */
export interface NextPoll {
  readonly policy: PollingPolicy;
  /** Polls that found nothing, the one just now included (≥ 1). */
  readonly polls: number;
  /** When the wait is over, milliseconds since 1970. */
  readonly until: number | undefined;
  readonly now: number;
  /** Uniform in [0, 1), for the jitter. */
  readonly random: number;
}

/** When a wait is due again, milliseconds since 1970: at its next poll or its end, whichever is first. */
export function nextPollAt(
  { policy, polls, until, now, random }: NextPoll,
  { afterMs }: Pick<Pending, 'afterMs'>,
): number {
  const poll = now + (afterMs ?? pollDelayMs(policy, polls, random));
  return earlier(poll, until) ?? poll;
}

/** Why a notification does not complete a wait of this action, as one line that names the field; undefined when it does. */
export function notificationProblem(contract: ActionContract, name: string, payload: JsonObject): string | undefined {
  const problem = undeclared(contract, name) ?? misfitOf(contract, name, payload);
  return problem && describeError('notification-invalid', { notification: name, action: contract.name, problem });
}

const misfitOf = ({ notifications }: ActionContract, name: string, payload: JsonObject): string | undefined => {
  if (jsonDepth(payload, LIMITS.depth) > LIMITS.depth) return `data: nested deeper than ${LIMITS.depth} levels`;
  const schema = notifications[name];
  return schema && checkJson(schema, payload, 'data');
};

const undeclared = ({ notifications }: ActionContract, name: string): string | undefined =>
  Object.hasOwn(notifications, name)
    ? undefined
    : `it declares ${Object.keys(notifications).join(', ') || 'none'} instead`;

/**
 * Why an action must not wait like this, as what it returned; undefined when it may.
 * @param mayChangeNothing whether its contract takes an empty change set: a wait whose time is over brings no changes
 */
export function waitingProblem(
  contract: ActionContract,
  outcome: Waiting,
  mayChangeNothing: boolean,
): string | undefined {
  const { notification, pollAfterMs, untilMs, untilAt, otherwise } = outcome;
  const ends = untilMs !== undefined || untilAt !== undefined;
  if (notification === undefined && pollAfterMs === undefined && !ends) {
    return 'waiting(…) for nothing: give it notification, poll or until.';
  }
  if (notification !== undefined && undeclared(contract, notification)) {
    return `waiting(…) for the notification "${notification}"; ${undeclared(contract, notification)}.`;
  }
  if (pollAfterMs !== undefined && !contract.polls) {
    return 'waiting({ poll }), but has nothing to poll with: add poll or pollMany to it.';
  }
  if (otherwise !== undefined && !ends) return 'waiting({ otherwise }) without until: say when the time is over.';
  if (otherwise !== undefined && !contract.failures.includes(otherwise)) {
    return `waiting(…) with the undeclared failure "${otherwise}"; declared: ${contract.failures.join(', ') || 'none'}.`;
  }
  if (ends && otherwise === undefined && !mayChangeNothing) {
    return 'waiting({ until }) without otherwise, but its changes have required fields, which no passing of time sets: name a failure, or make them optional.';
  }
  if ((pollAfterMs ?? 0) > LIMITS.waitMs || (untilMs ?? 0) > LIMITS.waitMs) {
    return 'waiting(…) for longer than 300 days.';
  }
  return undefined;
}
