import type { Delivery } from '../../shared/broker/broker.ts';
import type { WorkflowHistory } from '../../shared/journal/records.ts';
import type { AuditReport } from '../../shared/runtime/audit.ts';
import { NAMESPACE } from '../support/test-process.ts';
import type { EventOrder } from './event-order.ts';
import type { Simulation } from './simulation.ts';

/** Wall clocks that were set tell nothing about who came first. */
const CLOCKS_WERE_SET_MS = 24 * 3_600_000;

/** Holds what a run has left behind to the guarantees: the journal, the events, the queues. */
export async function judge(
  { line, plan, chronicle }: Simulation,
  events: EventOrder,
  accepted: readonly string[],
): Promise<AuditReport['totals']> {
  const report = await line.audit(accepted, plan.faults.has('wall-clock') ? CLOCKS_WERE_SET_MS : 0);
  for (const { invariant, workflowId, problem } of report.violations) {
    chronicle.violated(`${invariant} ${workflowId.slice(0, 6)} ${problem}`);
  }
  // Nothing that the simulation sends deserves to be set aside.
  const onDelivery = ({ queue, messageId, headers }: Delivery): void =>
    chronicle.violated(`${messageId} lies in ${queue}: ${JSON.stringify(headers)}`);
  for (const queue of ['dead', 'returned']) {
    await line.broker.consume(`${NAMESPACE}.${queue}`, { prefetch: 1_000, onDelivery });
  }
  await line.clock.advance(0);
  for await (const history of line.journal.scanHistories()) {
    for (const problem of events.problemsOf(history)) chronicle.violated(`I6 ${problem}`);
    // A fate that lands late can park what others have taken over.
    if (!plan.faults.has('late-writes'))
      for (const problem of performedThoughParked(history)) chronicle.violated(problem);
    chronicle.note(JSON.stringify(history));
  }
  return report.totals;
}

/** What is parked is attempted again only after an operator's attempt. */
function performedThoughParked({ head, attempts }: WorkflowHistory): string[] {
  return attempts.flatMap(({ fate, step, attempt }, index) => {
    const next = attempts[index + 1];
    if (fate !== 'parked' || next?.step !== step || next.kind === 'operator') return [];
    return [`${head.businessKey}/${step}/${attempt + 1} was made although ${attempt} is parked`];
  });
}
