import { isDeepStrictEqual } from 'node:util';
import { Refused } from '../../core/errors.ts';
import type { WorkflowDefinition } from '../../core/workflow-definition.ts';
import type { Attempt, Head, WorkflowHistory } from '../../journal/records.ts';
import type { Acting } from '../acting.ts';
import { stepAnnouncement } from '../announcements.ts';
import { newAttempt } from '../attempts.ts';
import { envelopeAt } from '../envelopes.ts';
import { dataOfStep } from '../given.ts';
import { changeHead } from '../head-change.ts';
import { handOnOrPark } from '../parking.ts';
import { untilKnown } from '../right-to-act.ts';
import { type Standing, standingOf, statusOf } from '../standing.ts';
import { type DataEdit, editedData } from './data-edit.ts';

export interface RetryOptions {
  /** Only this parking: one that came after it is not retried. Default: whichever the workflow stands at. */
  readonly parking?: { readonly step: number; readonly attempt: number };
  /** Other data for the step. */
  readonly edit?: DataEdit;
}

/**
 * Takes a parked workflow up again at the failed step. The operator's own attempt follows the parked one, already
 * released, and the attempt after it is sent; failures and losses count anew from there. Repeating a command that died half-way
 * finishes it, and does nothing more.
 * @throws Refused `workflow-not-parked`, `definition-unknown`, `edit-invalid`, `edit-overtaken`: then nothing is written
 */
export async function retryParked(
  acting: Acting,
  workflowId: string,
  options: RetryOptions = {},
): Promise<{ step: number; attempt: number }> {
  const { line } = acting;
  const { history, stopped, operators, definition } = await claimRetry(acting, workflowId, options);
  const { step, action } = stopped;
  await changeHead(acting, { kind: 'resumed', workflowId, step });
  const before = standsBefore(history, definition);
  const attempt = operators.attempt + 1;
  const data = dataOfStep(before.data, [...history.attempts, operators], step);
  const undoing = undoingOf(history);
  const envelope = {
    ...envelopeAt(history.head, { step, attempt, action, state: before.state, data }, line.clock.now()),
    ...(undoing ? { kind: 'compensate' as const, undoes: { step: undoing.step, performed: undoing.performed } } : {}),
  };
  await acting.sender.announce(stepAnnouncement('resumed', envelope));
  await handOnOrPark(acting, envelope);
  return { step, attempt };
}

/** A workflow that an operator has taken up: its parked attempt, and the operator's own behind it. */
interface TakenUp {
  readonly history: WorkflowHistory;
  readonly stopped: Attempt;
  readonly operators: Attempt;
  readonly definition: WorkflowDefinition;
}

/**
 * Finds the operator's attempt behind the parked one, or inserts it. A duplicate may be an operator's, or a worker's that went
 * on meanwhile: so the history is read again, and a step that somebody holds is never sent a second time.
 */
async function claimRetry(acting: Acting, workflowId: string, { parking, edit }: RetryOptions): Promise<TakenUp> {
  const { line, right } = acting;
  for (;;) {
    const history = await untilKnown(() => line.journal.readHistory(workflowId), right);
    const found = history && parkedAttempt(history);
    if (!found || (parking && !isThat(found.stopped, parking))) {
      throw new Refused('workflow-not-parked', { workflow: workflowId, status: describeStatus(history) });
    }
    const { stopped, operators } = found;
    // Before anything is written: without it the attempt after the operator's could not be sent.
    const definition = await findDefinition(acting, history.head);
    const data = edit && (await editedData(acting, { history, stopped, edit, ...standsBefore(history, definition) }));
    if (operators) {
      const isSame = isDeepStrictEqual(operators.data, data) && operators.key === edit?.key;
      if (edit && !isSame) throw new Refused('edit-overtaken', { workflow: workflowId, step: stopped.step });
      return { history, stopped, operators, definition };
    }
    const { step, action } = stopped;
    const attempt = stopped.attempt + 1;
    const claimed = newAttempt(acting, { workflowId, step, attempt, kind: 'operator', action });
    const changed = edit && data ? { data, key: edit.key } : {};
    const own: Attempt = { ...claimed, ...changed, fate: 'released', settledAt: claimed.at };
    const inserted = await untilKnown(() => line.writes.insertAttempt(own), right);
    if (inserted === 'inserted') return { history, stopped, operators: own, definition };
  }
}

async function findDefinition(acting: Acting, { workflow, version }: Head): Promise<WorkflowDefinition> {
  const found = await untilKnown(() => acting.line.definitions.find(workflow, version), acting.right);
  if (!found) throw new Refused('definition-unknown', { workflow, version: ` version ${version}` });
  return found.definition;
}

/** Where the undecided step begins. */
function standsBefore({ head, snapshots }: WorkflowHistory, { initial }: WorkflowDefinition) {
  const { state, data } = snapshots.at(-1) ?? { state: initial, data: head.input };
  return { state, data };
}

/** What the undecided step undoes, on the way back. */
function undoingOf({ snapshots }: WorkflowHistory) {
  const next = snapshots.at(-1)?.next;
  return next && 'compensate' in next ? next : undefined;
}

/** The parked attempt that the current step stands at, and the operator's behind it when nothing else is. */
function parkedAttempt({
  attempts,
  snapshots,
}: WorkflowHistory): { stopped: Attempt; operators: Attempt | undefined } | undefined {
  const current = snapshots.length + 1;
  const ofStep = attempts.filter(({ step }) => step === current);
  const last = ofStep.at(-1);
  const operators = last?.kind === 'operator' ? last : undefined;
  const stopped = operators ? ofStep.at(-2) : last;
  return stopped?.fate === 'parked' ? { stopped, operators } : undefined;
}

const isThat = (stopped: Attempt, { step, attempt }: NonNullable<RetryOptions['parking']>): boolean =>
  stopped.step === step && stopped.attempt === attempt;

/** By the journal, unless that says `parked`: then it is another parking than the command named, and the step has gone on. */
function describeStatus(history: WorkflowHistory | null): string {
  if (!history) return 'unknown';
  const standing: Standing = standingOf(history);
  return standing.kind === 'parked' ? 'parked again' : statusOf(standing, history.head);
}
