import type { NextUndo } from '../../core/compensation.ts';
import { unreachable } from '../../core/unreachable.ts';
import type { IntentRecord } from '../../journal/intent-record.ts';
import type { Attempt, LivingWorker, WorkflowHistory } from '../../journal/records.ts';
import type { WaitRecord } from '../../journal/wait-records.ts';
import { heldAttempts } from '../holders.ts';
import { HEARTBEAT_MS } from '../liveness.ts';
import { type Standing, standingOf } from '../standing.ts';
import { adviceOn, type Reason, type WayBack } from './reason.ts';

/** Everything that a reason is found from. */
export interface Facts {
  readonly history: WorkflowHistory;
  /** The action of the undecided step; undefined when the journal cannot say. */
  readonly action: string | undefined;
  /** The wait of the undecided step. */
  readonly wait: WaitRecord | null;
  /** Requests to cancel it, the newest first. */
  readonly intents: readonly IntentRecord[];
  /** All workers whose death is not recorded. */
  readonly workers: readonly LivingWorker[];
  /** Messages that stand ready in the action's queue; null: there is no such queue, or nobody was asked. */
  readonly ready: number | null;
  /** Everything that was sent to that queue before this has been taken from it; undefined: nobody has asked. */
  readonly progress: Date | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly livenessTimeoutMs: number;
}

/** A heartbeat that is older than this is overdue. */
const SILENT_MS = 2 * HEARTBEAT_MS;

/** A message is on its way for no longer than this; a ticket, or one behind others, may be taken later. */
const ON_THE_WAY_MS = 30_000;

/** Why a workflow is not moving. Pure. */
export function reasonOf(facts: Facts): Reason {
  const standing = standingOf(facts.history);
  if (standing.kind === 'ended') return { kind: 'ended', status: standing.status, at: standing.since };
  const request = facts.intents.findLast(({ state }) => state === 'open');
  if (request && !undoingOf(standing)) return whileCancelling(facts, request);
  switch (standing.kind) {
    case 'parked': {
      const { step, attempt } = standing;
      const { action, code = 'outcome-unknown', reason: why = '' } = attempt;
      return { kind: 'parked', step, action, code, why, advice: adviceOn(code) };
    }
    case 'waiting':
      return whileWaiting(facts, standing.attempt);
    case 'compensating':
    case 'running':
      return whileOnLine(facts, standing);
    default:
      return unreachable(standing);
  }
}

/** The step of the way back that the workflow stands at. */
export function wayBackOf({ history }: Pick<Facts, 'history'>): WayBack | undefined {
  const undoing = undoingOf(standingOf(history));
  return undoing && { undoes: undoing.step, left: history.snapshots.at(-1)?.undo?.left.length ?? 0 };
}

function undoingOf(standing: Standing): NextUndo | undefined {
  return standing.kind === 'compensating' || standing.kind === 'parked' ? standing.undoing : undefined;
}

function whileCancelling(facts: Facts, { _id, requestedAt }: IntentRecord): Reason {
  const unknowing = facts.workers.filter(({ intents }) => !intents.includes(_id)).map((worker) => worker._id);
  if (unknowing.length > 0) return { kind: 'cancelling-unknown', workers: unknowing };
  const held = heldAttempts(facts.history).find(({ worker }) => findWorker(facts, worker));
  if (!held) return { kind: 'cancelling-due', since: requestedAt };
  const { step, action, worker, at } = held;
  return { kind: 'cancelling-performing', step, action, worker, ms: age(facts, at) };
}

function whileWaiting(facts: Facts, { action, wait: terms, step, attempt }: Attempt): Reason {
  const { wait, now } = facts;
  const known = wait?.step === step && wait.attempt === attempt ? wait : undefined;
  const { notification, until, due, pollAfterMs } = known ?? terms ?? {};
  if (due && now - due.getTime() > ON_THE_WAY_MS) {
    return { kind: 'wait-overdue', action, due, hasWorker: hasWorker(facts, action) };
  }
  // A ticket is due at the next poll or at the end, whichever is first.
  const isPoll = pollAfterMs !== undefined && due !== undefined && due.getTime() !== until?.getTime();
  return {
    kind: 'waiting',
    action,
    ...(notification === undefined ? {} : { notification }),
    ...(isPoll ? { nextPoll: due } : {}),
    ...(until === undefined ? {} : { until }),
    polls: known?.polls ?? 0,
  };
}

type Undecided = Exclude<Standing, { kind: 'ended' }>;

function whileOnLine(facts: Facts, { attempt, since }: Undecided): Reason {
  const action = facts.action ?? attempt?.action ?? 'its first action';
  if (attempt && attempt.fate === undefined) return whileHeld(facts, attempt);
  const due = attempt?.dueAt;
  if (attempt && due && due.getTime() > facts.now) {
    if (attempt.fate === 'withheld') return { kind: 'stood-back', action, due };
    return { kind: 'retrying', action, due, code: attempt.code ?? attempt.fate ?? '', why: attempt.reason ?? '' };
  }
  if (!hasWorker(facts, action)) return { kind: 'no-worker', action, ready: facts.ready };
  const sent = due ?? since;
  if (facts.ready !== null && facts.ready > 0) return { kind: 'queued', action, ready: facts.ready, since: sent };
  if (age(facts, sent) <= ON_THE_WAY_MS) return { kind: 'on-the-way', action, since: sent };
  // What a worker has taken and not claimed yet stands in no queue either.
  const isPassed = facts.progress !== undefined && facts.progress.getTime() - sent.getTime() > ON_THE_WAY_MS;
  return { kind: isPassed ? 'lost' : 'unaccounted', action, since: sent };
}

function whileHeld(facts: Facts, { action, worker, attempt, at }: Attempt): Reason {
  const holder = findWorker(facts, worker);
  if (!holder) return { kind: 'holder-dead', action, worker, attempt };
  const { ageMs } = holder;
  if (ageMs <= SILENT_MS) return { kind: 'performing', action, worker, attempt, ms: age(facts, at) };
  const judgedInMs = Math.max(0, facts.livenessTimeoutMs - ageMs);
  return { kind: 'holder-silent', action, worker, silentMs: ageMs, judgedInMs };
}

const findWorker = ({ workers }: Facts, id: string): LivingWorker | undefined => workers.find(({ _id }) => _id === id);

const hasWorker = ({ workers }: Facts, action: string): boolean =>
  workers.some(({ actions }) => actions.includes(action));

/** Of another host's clock: never below 0. */
const age = ({ now }: Facts, at: Date): number => Math.max(0, now - at.getTime());
