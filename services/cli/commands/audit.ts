import { Command } from 'commander';
import { type AuditReport, auditJournal, type Violation } from '../../../shared/runtime/audit.ts';
import { printable } from '../../../shared/runtime/printable.ts';
import type { Execute } from '../cli.ts';
import { topologyOf } from '../line-topology.ts';
import { jsonOption } from '../options.ts';
import type { Paint } from '../paint.ts';
import type { Result } from '../result.ts';
import type { Session } from '../session.ts';
import { columns } from '../table.ts';

/** More of a list than this is for `--json`. */
const MOST_SHOWN = 20;

interface AuditOptions {
  readonly drained?: true;
  readonly json?: true;
}

interface QueueDepth {
  readonly queue: string;
  readonly ready: number;
}

export const auditCommand = (execute: Execute): Command =>
  new Command('audit')
    .description(
      'proves from the journal that nothing is lost: I1 every start, I2 its steps, waits and cancellations, I3 its attempts, I4 its keys; with --drained I7 the queues',
    )
    .option('--drained', 'the line has come to rest: nothing may be in flight, and every queue must be empty')
    .addOption(jsonOption())
    .action((options: AuditOptions) => execute(options, (session) => audit(session, options.drained === true)));

async function audit(session: Session, drained: boolean): Promise<Result> {
  const journal = await session.journal();
  const report = await auditJournal(journal, { clock: session.clock, drained });
  const queues = drained ? await filledQueues(session, report.totals.waiting) : null;
  const clean = report.clean && (queues ?? []).length === 0;
  return {
    json: { ...report, clean, queues },
    text: (paint) => render(printable(report), queues, paint),
    exitCode: clean ? 0 : 1,
  };
}

/**
 * I7: queues in which something stands ready. What is delivered and not acknowledged belongs to a workflow in flight, which the journal
 * knows. What waits has one ticket at most, which rests on the delay ladder.
 */
async function filledQueues(session: Session, waiting: number): Promise<readonly QueueDepth[]> {
  const broker = session.broker();
  const filled: QueueDepth[] = [];
  for (const { name } of (await topologyOf(session)).queues) {
    const ready = await broker.depth(name);
    if (ready !== null && ready > 0) filled.push({ queue: name, ready });
  }
  const isRung = ({ queue }: QueueDepth): boolean => queue.startsWith(`${session.namespace}.delay.`);
  const resting = filled.filter(isRung).reduce((sum, { ready }) => sum + ready, 0);
  return resting <= waiting ? filled.filter((depth) => !isRung(depth)) : filled;
}

function render(report: AuditReport, queues: readonly QueueDepth[] | null, paint: Paint): string {
  const { started, succeeded, failed, cancelled, parked, waiting, running } = report.totals;
  const ends = `${succeeded} succeeded + ${failed} failed + ${cancelled} cancelled + ${parked} parked + ${waiting} waiting + ${running} running`;
  return [
    `${started} started = ${ends}`,
    `${report.steps} steps decided by ${report.attempts} attempts, ${report.lostAttempts} of them lost with their worker`,
    ...openList('running', report.running, running, paint),
    ...openList('waiting', report.waiting, waiting, paint),
    ...openList('parked', report.parked, parked, paint),
    ...(queues ? ['', queues.length === 0 ? 'every queue is empty' : queueTable(queues)] : []),
    '',
    report.clean
      ? paint.good(
          'I1–I4 hold: every start accounted for, one snapshot per step, no overlapping attempts, one key per step',
        )
      : violationList(report, paint),
  ].join('\n');
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
