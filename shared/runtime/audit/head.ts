import { workflowIdOf } from '../../contract/start-event.ts';
import { unreachable } from '../../core/unreachable.ts';
import type { Head, WorkflowHistory } from '../../journal/records.ts';
import { describeStanding, type Standing } from '../standing.ts';
import type { Finding } from './finding.ts';

/** A head follows its journal within moments, after a crash within the liveness timeout; by then it was forgotten. */
const LAG_MS = 60_000;

/** How a head and its journal relate. A head may be behind for a moment, never ahead: the journal is written first. */
type Agreement = 'agrees' | 'behind' | 'ahead';

/**
 * I1: the head says what the journal says.
 * @param now undefined: nothing is under way any more, so a head that lags will do so for ever
 */
export function checkHead(history: WorkflowHistory, standing: Standing, now: number | undefined): Finding[] {
  const { head } = history;
  const findings: Finding[] = [];
  const found = agreementOf(history, standing);
  if (found === 'ahead' || (found === 'behind' && isOverdue(standing, now))) {
    const since = found === 'behind' ? ` since ${standing.since.toISOString()}` : '';
    const problem = `the head says ${describeHead(head)}, the journal says ${describeStanding(standing)}${since}`;
    findings.push({ invariant: 'I1', problem });
  }
  if (now === undefined && standing.kind === 'running') {
    findings.push({ invariant: 'I1', problem: `still on the line: ${describeStanding(standing)}` });
  }
  if (head._id !== head.workflowId || head._id !== workflowIdOf(head.source, head.eventId)) {
    findings.push({ invariant: 'I4', problem: 'its id is not made of the source and id of its start event' });
  }
  return findings;
}

const isOverdue = ({ since }: Standing, now: number | undefined): boolean =>
  now === undefined || now - since.getTime() > LAG_MS;

function agreementOf(history: WorkflowHistory, standing: Standing): Agreement {
  const { status, endedAt } = history.head;
  switch (status) {
    case 'running':
      return standing.kind === 'running' ? 'agrees' : 'behind';
    case 'parked':
      return agreementOfParked(history, standing);
    case 'succeeded':
    case 'failed':
      return standing.kind === 'ended' && standing.status === status && endedAt ? 'agrees' : 'ahead';
    default:
      return unreachable(status);
  }
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

const describeHead = ({ status, parked }: Head): string =>
  status === 'parked' && parked ? `parked at step ${parked.step} (${parked.code})` : status;
