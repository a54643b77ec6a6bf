import type { Delivery } from '../../shared/broker/broker.ts';
import type { WorkflowHistory } from '../../shared/journal/records.ts';
import type { AuditReport } from '../../shared/runtime/audit.ts';
import { NAMESPACE } from '../support/test-process.ts';
import { ledgerProblems } from './ledger.ts';
import type { Simulation } from './simulation.ts';

/** Wall clocks that were set tell nothing about who came first. */
const CLOCKS_WERE_SET_MS = 24 * 3_600_000;

/** Holds what a run has left in the journal to the guarantees. @param expected ids of workflows that must be there */
export async function judge(simulation: Simulation, expected: Iterable<string>): Promise<AuditReport['totals']> {
  const { line, plan, chronicle, events, stage } = simulation;
  const report = await line.audit([...expected], plan.faults.has('wall-clock') ? CLOCKS_WERE_SET_MS : 0);
  for (const { invariant, workflowId, problem } of report.violations) {
    chronicle.violated(`${invariant} ${workflowId.slice(0, 6)} ${problem}`);
  }
  const usedBy = new Map<string, string>();
  for await (const history of line.journal.scanHistories()) {
    for (const problem of events.problemsOf(history)) chronicle.violated(`I6 ${problem}`);
    // A fate that lands late can park what others have taken over.
    if (!plan.faults.has('late-writes'))
      for (const problem of performedThoughParked(history)) chronicle.violated(problem);
    for (const problem of ledgerProblems(stage.effects, history)) chronicle.violated(problem);
    for (const { _id, notification } of history.snapshots) {
      const other = notification === undefined ? undefined : usedBy.get(notification);
      if (other !== undefined) chronicle.violated(`notification ${notification} completed ${other} and ${_id}`);
      if (notification !== undefined) usedBy.set(notification, _id);
    }
    chronicle.note(JSON.stringify(history));
  }
  return report.totals;
}

/** Nothing that the simulation sends deserves to be set aside, but a request whose workflow came very late, or never. */
export async function judgeQueues({ line, chronicle, outside, plan }: Simulation): Promise<void> {
  const setAside: Delivery[] = [];
  const onDelivery = (delivery: Delivery): void => {
    setAside.push(delivery);
  };
  for (const queue of ['dead', 'returned']) {
    await line.broker.consume(`${NAMESPACE}.${queue}`, { prefetch: 1_000, onDelivery });
  }
  await line.clock.advance(0);
  const isUnknown = ({ headers }: Delivery): boolean => headers['conveyor-code'] === 'cancel-unknown';
  for (const { queue, messageId, headers } of setAside.filter((one) => !isUnknown(one))) {
    chronicle.violated(`${messageId} lies in ${queue}: ${JSON.stringify(headers)}`);
  }
  if (plan.faults.has('wipe')) return; // a request can be lost with the broker
  const unknown = setAside.filter(isUnknown).length;
  const unanswered = outside.requests.filter(({ key }) => line.store.intents.get(key)?.state !== 'closed');
  if (unanswered.length > unknown) chronicle.violated(`${unanswered.length} requests have no answer`);
}

/** What is parked is attempted again only after an operator's attempt. */
function performedThoughParked({ head, attempts }: WorkflowHistory): string[] {
  return attempts.flatMap(({ fate, step, attempt }, index) => {
    const next = attempts[index + 1];
    if (fate !== 'parked' || next?.step !== step || next.kind === 'operator') return [];
    return [`${head.businessKey}/${step}/${attempt + 1} was made although ${attempt} is parked`];
  });
}
