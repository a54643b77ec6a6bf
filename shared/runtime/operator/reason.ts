import { ERROR_ADVICE } from '../../core/error-advice.ts';
import { CATALOGUE, type ErrorCode } from '../../core/errors.ts';
import { unreachable } from '../../core/unreachable.ts';
import type { EndStatus } from '../../core/workflow-definition.ts';
import { describeMs } from '../timeline.ts';

/** Why a workflow is not moving, or what moves it. There is one at any time. */
export type Reason =
  | { readonly kind: 'ended'; readonly status: EndStatus; readonly at: Date }
  | {
      readonly kind: 'parked';
      readonly step: number;
      readonly action: string;
      readonly code: string;
      readonly why: string;
      readonly advice: string;
    }
  /** It waits for something asynchronous. Times that do not apply are absent. */
  | {
      readonly kind: 'waiting';
      readonly action: string;
      readonly notification?: string;
      readonly nextPoll?: Date;
      readonly until?: Date;
      readonly polls: number;
    }
  /** Its wait was due, and its ticket has not been taken. */
  | { readonly kind: 'wait-overdue'; readonly action: string; readonly due: Date; readonly hasWorker: boolean }
  /** A request to cancel it is open, and these workers have not said that they know of it. */
  | { readonly kind: 'cancelling-unknown'; readonly workers: readonly string[] }
  /** A request to cancel it is open, and a step is being performed, which is let finish. */
  | {
      readonly kind: 'cancelling-performing';
      readonly step: number;
      readonly action: string;
      readonly worker: string;
      readonly ms: number;
    }
  /** A request to cancel it is open, and nothing holds it up but the steward's next look. */
  | { readonly kind: 'cancelling-due'; readonly since: Date }
  | {
      readonly kind: 'performing';
      readonly action: string;
      readonly worker: string;
      readonly attempt: number;
      readonly ms: number;
    }
  /** Its holder has not been heard of for longer than a heartbeat takes. */
  | {
      readonly kind: 'holder-silent';
      readonly action: string;
      readonly worker: string;
      readonly silentMs: number;
      readonly judgedInMs: number;
    }
  /** Its holder is dead: its message comes back, and the next worker goes on. */
  | { readonly kind: 'holder-dead'; readonly action: string; readonly worker: string; readonly attempt: number }
  | {
      readonly kind: 'retrying';
      readonly action: string;
      readonly due: Date;
      readonly code: string;
      readonly why: string;
    }
  /** No worker that lives hosts its action. */
  | { readonly kind: 'no-worker'; readonly action: string; readonly ready: number | null }
  | { readonly kind: 'queued'; readonly action: string; readonly ready: number; readonly since: Date }
  /** It should be in its station's queue, and that is empty. */
  | { readonly kind: 'on-the-way'; readonly action: string; readonly since: Date }
  | { readonly kind: 'lost'; readonly action: string; readonly since: Date }
  /** As lost, but a worker may have taken it and wait for a free slot. */
  | { readonly kind: 'unaccounted'; readonly action: string; readonly since: Date }
  /** It was not performed, because a request to cancel was open then. */
  | { readonly kind: 'stood-back'; readonly action: string; readonly due: Date };

/** The step of the way back that a reason is about. */
export interface WayBack {
  readonly undoes: number;
  /** Steps that are left to undo, this one included. */
  readonly left: number;
}

/** One sentence. */
function describeReason(reason: Reason): string {
  switch (reason.kind) {
    case 'ended':
      return `It has ended: ${reason.status}, at ${iso(reason.at)}.`;
    case 'parked':
      return `It is parked at step ${reason.step}, ${reason.action}, with ${reason.code}: ${stop(reason.why)} ${reason.advice}`;
    case 'waiting':
      return `${reason.action} waits for ${describeWait(reason)}.`;
    case 'wait-overdue':
      return reason.hasWorker
        ? `${reason.action} waits, and its ticket was due at ${iso(reason.due)}: it stands in the wait queue behind others, or the steward sends it again.`
        : `${reason.action} waits, and its ticket was due at ${iso(reason.due)}, but no worker of ${reason.action} is running.`;
    case 'cancelling-unknown':
      return `It is to be cancelled, and that waits until ${reason.workers.join(', ')} ${reason.workers.length === 1 ? 'knows' : 'know'} of the request, or ${reason.workers.length === 1 ? 'is' : 'are'} judged dead.`;
    case 'cancelling-performing':
      return `It is to be cancelled, and that waits for step ${reason.step}, ${reason.action}, which ${reason.worker} has performed for ${describeMs(reason.ms)} and may finish.`;
    case 'cancelling-due':
      return `It is to be cancelled since ${iso(reason.since)}, and nothing holds that up: a steward decides it at its next look.`;
    case 'performing':
      return `${reason.worker} has performed attempt ${reason.attempt} of ${reason.action} for ${describeMs(reason.ms)}.`;
    case 'holder-silent':
      return `${reason.worker}, which holds ${reason.action}, has been silent for ${describeMs(reason.silentMs)}: it is judged dead in ${describeMs(reason.judgedInMs)} unless it is heard of.`;
    case 'holder-dead':
      return `${reason.worker}, which held attempt ${reason.attempt} of ${reason.action}, is dead: the next attempt follows when its message comes back.`;
    case 'retrying':
      return `${reason.action} failed (${reason.code}: ${noStop(reason.why)}) and is tried again at ${iso(reason.due)}.`;
    case 'no-worker':
      return `No worker of ${reason.action} is running${reason.ready === null ? '' : `; ${reason.ready} messages stand in its queue`}: start one.`;
    case 'queued':
      return `It stands in the queue of ${reason.action} since ${iso(reason.since)}, among ${reason.ready} messages.`;
    case 'on-the-way':
      return `Its message is on its way to ${reason.action} since ${iso(reason.since)}.`;
    case 'lost':
      return `Its message to ${reason.action} of ${iso(reason.since)} is lost: what was sent after it has been taken; the steward sends it again.`;
    case 'unaccounted':
      return `Its message to ${reason.action} of ${iso(reason.since)} stands in no queue: a busy worker has it, or it is lost, which the steward finds out.`;
    case 'stood-back':
      return `${reason.action} stood back for a request to cancel, and goes on at ${iso(reason.due)}.`;
    default:
      return unreachable(reason);
  }
}

/** The whole of what is to be said, in one sentence where there is no more than the reason. */
export function explain(reason: Reason, back: WayBack | undefined, deadline: Date | undefined): string {
  const undoing = back ? `It is on its way back, undoing step ${back.undoes}, with ${back.left} left to undo. ` : '';
  const limit = deadline && reason.kind !== 'ended' ? ` Its deadline is ${iso(deadline)}.` : '';
  return `${undoing}${describeReason(reason)}${limit}`;
}

function describeWait({ notification, nextPoll, until, polls }: Extract<Reason, { kind: 'waiting' }>): string {
  const parts = [
    ...(notification === undefined ? [] : [`the notification "${notification}"`]),
    ...(nextPoll === undefined
      ? []
      : [`its next poll at ${iso(nextPoll)}${polls > 0 ? ` (${polls} found nothing)` : ''}`]),
    ...(until === undefined ? [] : [`its end at ${iso(until)}`]),
  ];
  return parts.join(', or ') || 'nothing that the journal names';
}

/** What to do about a code. One of the catalogue has its advice; an older build may have parked with one that is gone. */
export const adviceOn = (code: string): string =>
  Object.hasOwn(CATALOGUE, code) ? ERROR_ADVICE[code as ErrorCode] : 'See the reason, then retry.'; // an own key of it

const iso = (at: Date): string => at.toISOString();
const stop = (text: string): string => (text === '' || /[.!?…]$/.test(text) ? text : `${text}.`);
const noStop = (text: string): string => text.replace(/\.$/, '');
