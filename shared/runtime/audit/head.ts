import { workflowIdOf } from '../../contract/start-event.ts';
import { unreachable } from '../../core/unreachable.ts';
import type { IntentRecord } from '../../journal/intent-record.ts';
import type { Head, WorkflowHistory } from '../../journal/records.ts';
import { describeStanding, type Standing } from '../standing.ts';
import type { Finding } from './finding.ts';

/** A head follows its journal within moments, after a crash within the liveness timeout; by then it was forgotten. */
const LAG_MS = 60_000;

/** How a head and its journal relate. A head may be behind for a moment, never ahead: the journal is written first. */
type Agreement = 'agrees' | 'behind' | 'ahead';

/** What a head is held against. */
interface Truth {
  readonly history: WorkflowHistory;
  readonly standing: Standing;
  readonly intents: readonly IntentRecord[];
}

/**
 * I1: the head says what the journal says.
 * @param now undefined: nothing is under way any more, so a head that lags will do so for ever
 */
export function checkHead(truth: Truth, now: number | undefined): Finding[] {
  const { standing } = truth;
  const { head } = truth.history;
  const findings: Finding[] = [];
  const found = agreementOf(truth);
  if (found === 'ahead' || (found === 'behind' && isOverdue(standing, now))) {
    const since = found === 'behind' ? ` since ${standing.since.toISOString()}` : '';
    const problem = `the head says ${describeHead(head)}, the journal says ${describeStanding(standing)}${since}`;
    findings.push({ invariant: 'I1', problem });
  }
  if (now === undefined && (standing.kind === 'running' || standing.kind === 'compensating')) {
    findings.push({ invariant: 'I1', problem: `still on the line: ${describeStanding(standing)}` });
  }
  if (head._id !== head.workflowId || head._id !== workflowIdOf(head.source, head.eventId)) {
    findings.push({ invariant: 'I4', problem: 'its id is not made of the source and id of its start event' });
  }
  return findings;
}

const isOverdue = ({ since }: Standing, now: number | undefined): boolean =>
  now === undefined || now - since.getTime() > LAG_MS;

function agreementOf(truth: Truth): Agreement {
  const { history, standing } = truth;
  const { status, endedAt } = history.head;
  switch (status) {
    case 'running':
      return standing.kind === 'running' ? 'agrees' : 'behind';
    case 'waiting':
      return agreementOfWaiting(history, standing);
    case 'parked':
      return agreementOfParked(history, standing);
    case 'cancelling':
      return agreementOfCancelling(truth);
    case 'compensating':
      return agreementOfCompensating(history, standing);
    case 'succeeded':
    case 'failed':
    case 'cancelled':
      return standing.kind === 'ended' && standing.status === status && endedAt ? 'agrees' : 'ahead';
    default:
      return unreachable(status);
  }
}

/** A waiting head stays for what once waited: something may have completed the wait since. */
function agreementOfWaiting({ head: { waiting }, attempts }: WorkflowHistory, standing: Standing): Agreement {
  const hasWaited = attempts.some(({ step, fate }) => fate === 'waiting' && step === waiting?.step);
  if (!hasWaited) return 'ahead';
  return standing.kind === 'waiting' && standing.step === waiting?.step ? 'agrees' : 'behind';
}

/** A parked head stays for what was parked once: an operator, or a late result, may have moved the journal on since. */
function agreementOfParked({ head: { parked }, attempts }: WorkflowHistory, standing: Standing): Agreement {
  const wasParked = attempts.some(
    ({ step, fate, code }) => fate === 'parked' && step === parked?.step && code === parked.code,
  );
  if (!wasParked) return 'ahead';
  const stands = standing.kind === 'parked' && standing.step === parked?.step && standing.attempt.code === parked.code;
  return stands ? 'agrees' : 'behind';
}

/** A request is considered beside the journal's steps, until it is answered. */
function agreementOfCancelling({ history: { head }, standing, intents }: Truth): Agreement {
  const intent = intents.find(({ _id }) => _id === head.cancelling?.intent);
  if (!intent) return 'ahead';
  return intent.state === 'open' && standing.kind !== 'ended' && standing.kind !== 'compensating' ? 'agrees' : 'behind';
}

function agreementOfCompensating({ head, snapshots }: WorkflowHistory, standing: Standing): Agreement {
  const began = snapshots.some(({ step, undo }) => undo !== undefined && step === head.compensating?.step);
  if (!began) return 'ahead';
  return standing.kind === 'compensating' ? 'agrees' : 'behind';
}

const describeHead = ({ status, parked }: Head): string =>
  status === 'parked' && parked ? `parked at step ${parked.step} (${parked.code})` : status;
