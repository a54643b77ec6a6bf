import { Refused } from '../core/errors.ts';
import { WORKFLOW_ID_PATTERN } from '../core/names.ts';
import type { WorkflowDefinition } from '../core/workflow-definition.ts';
import type { Journal } from '../journal/journal.ts';
import type { Attempt, Head, Snapshot, WorkflowHistory } from '../journal/records.ts';
import type { Acting } from './acting.ts';
import { stepAnnouncement } from './announcements.ts';
import { newAttempt } from './attempts.ts';
import { envelopeAt } from './envelopes.ts';
import { handOnOrPark } from './parking.ts';
import { untilKnown } from './right-to-act.ts';

/** How many candidates a refusal lists. */
const MOST_LISTED = 10;

/**
 * The workflow that an id or a business key names. The first match is not guessed.
 * @throws Refused `workflow-unknown`, `workflow-ambiguous`; Unavailable
 */
export async function findWorkflow(journal: Pick<Journal, 'readHead' | 'findHeads'>, key: string): Promise<Head> {
  const head = WORKFLOW_ID_PATTERN.test(key) ? await journal.readHead(key) : null;
  if (head) return head;
  const heads = await journal.findHeads({ businessKey: key }, MOST_LISTED);
  const [found, ...others] = heads;
  if (!found) throw new Refused('workflow-unknown', { key });
  if (others.length > 0) throw new Refused('workflow-ambiguous', { key, ids: heads.map(({ _id }) => _id).join(', ') });
  return found;
}

/**
 * Takes a parked workflow up again at the failed step. The operator's own attempt follows the parked one, already
 * released, and the attempt after it is sent; failures and losses count anew from there. Repeating a command that died half-way
 * finishes it, and does nothing more.
 * @throws Refused `workflow-not-parked`, `definition-unknown`: then nothing is written
 */
export async function retryParked(acting: Acting, workflowId: string): Promise<{ step: number; attempt: number }> {
  const { line, right } = acting;
  const { head, snapshots, stopped, definition } = await claimRetry(acting, workflowId);
  const { step, attempt: number } = stopped;
  await untilKnown(() => line.writes.changeHead({ kind: 'resumed', workflowId, step }), right);
  const before = snapshots.at(-1) ?? { state: definition.initial, data: head.input };
  const { state, data } = before;
  const { action } = stopped;
  const envelope = envelopeAt(head, { step, attempt: number + 2, action, state, data }, line.clock.now());
  await acting.sender.announce(stepAnnouncement('resumed', envelope));
  await handOnOrPark(acting, envelope);
  return { step, attempt: number + 2 };
}

/** A workflow that an operator has taken up. `stopped` is its parked attempt; the operator's own follows it. */
interface TakenUp {
  readonly head: Head;
  readonly snapshots: readonly Snapshot[];
  readonly stopped: Attempt;
  readonly definition: WorkflowDefinition;
}

/**
 * Finds the operator's attempt behind the parked one, or inserts it. A duplicate may be an operator's, or a worker's that went
 * on meanwhile: so the history is read again, and a step that somebody holds is never sent a second time.
 */
async function claimRetry(acting: Acting, workflowId: string): Promise<TakenUp> {
  const { line, right } = acting;
  for (;;) {
    const history = await untilKnown(() => line.journal.readHistory(workflowId), right);
    const found = history && parkedAttempt(history);
    if (!found) {
      throw new Refused('workflow-not-parked', { workflow: workflowId, status: history?.head.status ?? 'unknown' });
    }
    const { head, snapshots } = history;
    const { stopped, taken } = found;
    // Before anything is written: without it the attempt after the operator's could not be sent.
    const definition = await findDefinition(acting, head);
    const takenUp = { head, snapshots, stopped, definition };
    if (taken) return takenUp;
    const { step, action } = stopped;
    const attempt = stopped.attempt + 1;
    const claimed = newAttempt(acting, { workflowId, step, attempt, kind: 'operator', action });
    const operators: Attempt = { ...claimed, fate: 'released', settledAt: claimed.at };
    const inserted = await untilKnown(() => line.writes.insertAttempt(operators), right);
    if (inserted === 'inserted') return takenUp;
  }
}

async function findDefinition(acting: Acting, { workflow, version }: Head): Promise<WorkflowDefinition> {
  const found = await untilKnown(() => acting.line.definitions.find(workflow, version), acting.right);
  if (!found) throw new Refused('definition-unknown', { workflow, version: ` version ${version}` });
  return found.definition;
}

/** The parked attempt that the current step stands at, and whether an operator's attempt follows it and nothing else does. */
function parkedAttempt({ attempts, snapshots }: WorkflowHistory): { stopped: Attempt; taken: boolean } | undefined {
  const current = snapshots.length + 1;
  const ofStep = attempts.filter(({ step }) => step === current);
  const taken = ofStep.at(-1)?.kind === 'operator';
  const stopped = taken ? ofStep.at(-2) : ofStep.at(-1);
  return stopped?.fate === 'parked' ? { stopped, taken } : undefined;
}
