import type { Envelope } from '../contract/envelope.ts';
import { Refused } from '../core/errors.ts';
import { attemptId, WORKFLOW_ID_PATTERN } from '../core/names.ts';
import type { Attempt, Head, Snapshot, WorkflowHistory } from '../journal/records.ts';
import type { Acting } from './acting.ts';
import { handOnOrPark } from './parking.ts';
import { persist } from './persistence.ts';

/** How many candidates a refusal lists. */
const MOST_LISTED = 10;

/**
 * The workflow that an id or a business key names. The first match is not guessed.
 * @throws Refused `workflow-unknown`, `workflow-ambiguous`
 */
export async function findWorkflow({ line, persistence }: Acting, key: string): Promise<Head> {
  if (WORKFLOW_ID_PATTERN.test(key)) {
    const head = await persist(() => line.journal.readHead(key), persistence);
    if (head) return head;
  }
  const heads = await persist(() => line.journal.findHeads({ businessKey: key }, MOST_LISTED), persistence);
  const [head, ...others] = heads;
  if (!head) throw new Refused('workflow-unknown', { key });
  if (others.length > 0) throw new Refused('workflow-ambiguous', { key, ids: heads.map(({ _id }) => _id).join(', ') });
  return head;
}

/**
 * Takes a parked workflow up again at the failed step. The operator's own attempt follows the parked one, already
 * released, and the attempt after it is sent; failures and losses count anew from there. Repeating a command that died half-way
 * finishes it, and does nothing more.
 * @throws Refused `workflow-not-parked`
 */
export async function retryParked(acting: Acting, workflowId: string): Promise<{ step: number; attempt: number }> {
  const { line, persistence } = acting;
  const history = await persist(() => line.journal.readHistory(workflowId), persistence);
  const stopped = history && parkedAttempt(history);
  if (!history || !stopped) {
    throw new Refused('workflow-not-parked', { workflow: workflowId, status: history?.head.status ?? 'unknown' });
  }
  const { head, snapshots } = history;
  const definition = await persist(() => line.definitions.find(head.workflow, head.version), persistence);
  if (!definition) {
    throw new Refused('definition-unknown', { workflow: head.workflow, version: ` version ${head.version}` });
  }
  const { step, attempt: number } = stopped;
  const at = new Date(line.clock.now());
  const operators: Attempt = {
    _id: attemptId(workflowId, step, number + 1),
    ...{ workflowId, step, attempt: number + 1, kind: 'operator', action: stopped.action, worker: acting.workerId },
    ...{ token: line.random.id(), at, fate: 'released', settledAt: at },
  };
  // A duplicate is an operator's, too: of this command, cut short, or of another at the same moment. Both want the same.
  await persist(() => line.writes.insertAttempt(operators), persistence);
  await persist(() => line.writes.changeHead({ kind: 'resumed', workflowId, step }), persistence);
  const before = snapshots.at(-1) ?? { state: definition.definition.initial, data: head.input };
  const envelope = envelopeOf(head, before, stopped, number + 2, line.clock.now());
  await acting.sender.announce({
    ...{ event: 'resumed', workflowId, businessKey: envelope.businessKey, step, attempt: number + 2 },
    data: {
      workflow: envelope.workflow,
      version: envelope.version,
      state: envelope.state,
      step,
      action: envelope.action,
    },
  });
  await handOnOrPark(acting, envelope);
  return { step, attempt: number + 2 };
}

/** The parked attempt that the current step stands at; also when an operator's attempt follows it and nothing else does. */
function parkedAttempt({ attempts, snapshots }: WorkflowHistory): Attempt | undefined {
  const current = snapshots.length + 1;
  const ofStep = attempts.filter(({ step }) => step === current);
  const last = ofStep.at(-1);
  const stopped = last?.kind === 'operator' ? ofStep.at(-2) : last;
  return stopped?.fate === 'parked' ? stopped : undefined;
}

function envelopeOf(
  head: Head,
  before: Pick<Snapshot, 'state' | 'data'>,
  stopped: Attempt,
  attempt: number,
  now: number,
): Envelope {
  return {
    ...{ specversion: '1.0', workflowId: head._id, workflow: head.workflow, version: head.version },
    ...{ businessKey: head.businessKey, step: stopped.step, attempt, failures: 0, kind: 'run', action: stopped.action },
    state: before.state,
    data: before.data,
    sentAt: now,
    startedAt: head.startedAt.getTime(),
    ...(head.traceparent === undefined ? {} : { traceparent: head.traceparent }),
  };
}
