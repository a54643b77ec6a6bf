import type { FreshReport } from '../../shared/runtime/audit/fresh-workflows.ts';
import type { AuditReport, Violation } from '../../shared/runtime/audit.ts';
import { printable } from '../../shared/runtime/printable.ts';
import type { Paint } from './paint.ts';
import { columns } from './table.ts';

/** More of a list than this is for `--json`. */
const MOST_SHOWN = 20;

/** I7: a queue in which something stands ready. */
export interface QueueDepth {
  readonly queue: string;
  readonly ready: number;
}

/** I6: what was heard while it was listened. */
export interface EventsReport {
  readonly events: number;
  readonly workflows: number;
  /** Messages that are no lifecycle event: another program publishes where it should not. */
  readonly foreign: number;
  /** False: so many came that not all were kept, and nothing is said of what is missing. */
  readonly complete: boolean;
}

/** Everything that an audit found out. Null: it was not asked for. */
export interface WholeAudit extends AuditReport {
  readonly queues: readonly QueueDepth[] | null;
  readonly events: EventsReport | null;
  readonly fresh: FreshReport | null;
}

/** An audit as people read it. */
export function auditText(found: WholeAudit, paint: Paint): string {
  const report = printable(found);
  const { totals, queues, events, fresh } = report;
  const { started, succeeded, failed, cancelled, parked, waiting, queued, inFlight, running } = totals;
  const ends = `${succeeded} succeeded + ${failed} failed + ${cancelled} cancelled + ${parked} parked + ${waiting} waiting + ${queued} queued + ${inFlight} in flight`;
  return [
    `${started} started = ${ends}`,
    ...(started === 0
      ? ['nothing was ever started here: is it the CONVEYOR_NAMESPACE and the MONGODB_URL of the line?']
      : []),
    `${report.steps} steps decided by ${report.attempts} attempts, ${report.lostAttempts} of them lost with their worker`,
    ...(events ? [describeEvents(events)] : []),
    ...(fresh ? [describeFresh(fresh)] : []),
    ...openList('running', report.running, running, paint),
    ...openList('waiting', report.waiting, waiting, paint),
    ...openList('parked', report.parked, parked, paint),
    ...(queues ? ['', queues.length === 0 ? 'every queue is empty' : queueTable(queues)] : []),
    '',
    verdict(report, paint),
  ].join('\n');
}

function describeEvents({ events, workflows, foreign, complete }: EventsReport): string {
  const strange = foreign > 0 ? `; ${foreign} messages were no lifecycle events` : '';
  const cut = complete ? '' : '; too many to say whether one is missing: listen for a shorter time';
  return `${events} events of ${workflows} workflows heard${strange}${cut}`;
}

function describeFresh({ workflow, started, ended, p50Ms, maxMs }: NonNullable<WholeAudit['fresh']>): string {
  const { succeeded, failed, cancelled } = ended;
  const ends = succeeded + failed + cancelled;
  const how = [
    `${succeeded} succeeded`,
    ...(failed ? [`${failed} failed`] : []),
    ...(cancelled ? [`${cancelled} cancelled`] : []),
  ];
  const took = p50Ms === null ? '' : `, p50 ${p50Ms} ms, the slowest ${maxMs} ms`;
  return `${started} fresh ${workflow}: ${ends} ended (${how.join(', ')})${took}`;
}

/** What is proved when nothing is violated. */
function verdict(report: WholeAudit, paint: Paint): string {
  const { violationCount, queues, events, fresh, clean } = report;
  if (violationCount > 0) return violationList(report, paint);
  if (!clean)
    return paint.bad(queues?.length ? 'I7 is violated: a line at rest has empty queues' : 'I6 is violated: see above');
  const proved = [
    'I1 every start accounted for',
    'I2 one snapshot per step',
    'I3 no overlapping attempts',
    'I4 one key per step',
    ...(events ? ['I6 what happened was announced, in its order'] : []),
    ...(queues ? ['I7 every queue empty'] : []),
    ...(fresh ? ['I8 fresh workflows end in time'] : []),
  ];
  return paint.good(`all hold: ${proved.join(' · ')}`);
}

function openList(
  status: 'running' | 'waiting' | 'parked',
  open: AuditReport['running'],
  total: number,
  paint: Paint,
): string[] {
  if (total === 0) return [];
  const rows = open
    .slice(0, MOST_SHOWN)
    .map(({ workflowId, workflow, businessKey, since, standing }) => [
      `  ${workflowId}`,
      workflow,
      businessKey,
      since.toISOString(),
      standing,
    ]);
  const more = total > rows.length ? [paint.dim(`  … and ${total - rows.length} more`)] : [];
  return [
    '',
    `${paint.status(status)}:`,
    columns(['  id', 'workflow', 'business key', 'since', 'stands'], rows),
    ...more,
  ];
}

const queueTable = (queues: readonly QueueDepth[]): string =>
  columns(
    ['queue that is not empty', 'ready'],
    queues.map(({ queue, ready }) => [queue, String(ready)]),
  );

function violationList({ violations, violationCount }: AuditReport, paint: Paint): string {
  const rows = violations.slice(0, MOST_SHOWN).map(describeViolation);
  const more = violationCount > rows.length ? [`… and ${violationCount - rows.length} more: --json lists them`] : [];
  return [paint.bad(`${violationCount} violations:`), ...rows, ...more].join('\n');
}

const describeViolation = ({ workflowId, businessKey, invariant, problem }: Violation): string =>
  `  ${invariant}  ${workflowId}${businessKey === undefined ? '' : ` (${businessKey})`}: ${problem}`;
