import type { AuditReport } from '../../shared/runtime/audit.ts';
import { renderTimeline } from '../../shared/runtime/timeline.ts';
import type { Ends } from './ends.ts';
import type { OrdersReport } from './orders-audit.ts';
import { describeCount, describeEnds } from './view.ts';

/** Of a list of problems, these many are printed. */
const MOST_PRINTED = 20;

/** Everything that was proven, or not. */
export interface Findings {
  readonly journal: AuditReport;
  readonly orders: OrdersReport;
}

/** Every order came to the end that it must come to, once. */
export function isClean({ journal, orders }: Findings): boolean {
  return journal.clean && openOf(journal) === 0 && orders.problemCount === 0;
}

const openOf = ({ totals: { parked, waiting, running } }: AuditReport): number => parked + waiting + running;

/** One order in full, the totals, the audit. */
export function renderReport(findings: Findings): string {
  const { orders } = findings;
  return [
    ...(orders.mostTelling ? ['One order in full:', '', indent(renderTimeline(orders.mostTelling)), ''] : []),
    'Totals:',
    '',
    ...renderTotals(findings),
    '',
    'Audit:',
    '',
    ...renderAudit(findings),
    '',
    isClean(findings) ? 'clean' : 'NOT CLEAN',
  ].join('\n');
}

/** What can be said of a run that was stopped half-way. */
export function renderStopped(ends: Ends, wanted: number): string {
  const states = describeEnds(ends.byEnd()) || 'none';
  return `Stopped: ${describeCount(ends.ended)} of ${describeCount(wanted)} orders had ended by then (${states}); no audit was made.`;
}

function renderTotals({ journal, orders }: Findings): string[] {
  const { parked, waiting, running } = journal.totals;
  const rows: (readonly [string, string, string])[] = [
    ['end', 'orders', 'expected'],
    ...Array.from(orders.ends, ([state, { found, expected }]) => {
      return [state, describeCount(found), describeCount(expected)] as const;
    }),
    ...(parked > 0 ? [['(parked)', describeCount(parked), '0'] as const] : []),
    ...(waiting > 0 ? [['(waiting)', describeCount(waiting), '0'] as const] : []),
    ...(running > 0 ? [['(on the line)', describeCount(running), '0'] as const] : []),
  ];
  return [
    ...rows.map(([state, found, expected]) => `  ${state.padEnd(16)}${found.padStart(10)}${expected.padStart(10)}`),
    ...renderCounts('Requests to cancel, by answer:', orders.answers),
    ...renderCounts('Orders that went back:', orders.undone),
    ...renderCounts('Waits, by what ended them:', orders.waits),
  ];
}

function renderCounts(title: string, counts: ReadonlyMap<string, number>): string[] {
  if (counts.size === 0) return [];
  const rows = [...counts].toSorted(([, left], [, right]) => right - left);
  return [
    '',
    `  ${title}`,
    ...rows.map(([name, count]) => `    ${name.padEnd(22)}${describeCount(count).padStart(10)}`),
  ];
}

function renderAudit({ journal, orders }: Findings): string[] {
  const { totals, steps, attempts, lostAttempts, violations, violationCount } = journal;
  const ended = totals.succeeded + totals.failed + totals.cancelled;
  const broken = (invariant: string): boolean => violations.some((violation) => violation.invariant === invariant);
  const journalProblems = violations.map(
    ({ businessKey, workflowId, invariant, problem }) => `${invariant} ${businessKey ?? workflowId}: ${problem}`,
  );
  const open = [...journal.parked, ...journal.waiting, ...journal.running].map(
    ({ businessKey, standing }) => `${businessKey}: ${standing}`,
  );
  return [
    line(
      openOf(journal) === 0 && !broken('I1'),
      `${describeCount(totals.started)} orders were started, ${describeCount(ended)} have ended, each where it must`,
    ),
    line(!broken('I2'), `${describeCount(steps)} steps, one snapshot each, none missing, along the definition`),
    line(
      !broken('I3'),
      `${describeCount(attempts)} attempts, never two holders of a step at once${lost(lostAttempts)}`,
    ),
    line(!broken('I4'), 'one idempotency key per step, shared with no other'),
    line(
      orders.problemCount === 0,
      `${describeCount(orders.effects)} effects downstream, each once, though ${describeCount(orders.repeated)} were asked for again`,
    ),
    ...problemLines(
      [...open, ...journalProblems, ...orders.problems],
      open.length + violationCount + orders.problemCount,
    ),
  ];
}

const line = (isProven: boolean, text: string): string => `  ${isProven ? '✔' : '✘'} ${text}`;

const lost = (count: number): string =>
  count === 0 ? '' : `; ${describeCount(count)} were lost with their workers and taken over`;

function problemLines(problems: readonly string[], total: number): string[] {
  if (total === 0) return [];
  const printed = problems.slice(0, MOST_PRINTED);
  const rest = total - printed.length;
  return [
    '',
    ...printed.map((problem) => `    ${problem}`),
    ...(rest > 0 ? [`    and ${describeCount(rest)} more`] : []),
  ];
}

const indent = (text: string): string => text.replace(/^(?=.)/gm, '  ');
