import { Command } from 'commander';
import { ERROR_ADVICE } from '../../../shared/core/error-advice.ts';
import { CATALOGUE, type ErrorCode, Refused } from '../../../shared/core/errors.ts';
import type { WorkflowHistory } from '../../../shared/journal/records.ts';
import { findWorkflow } from '../../../shared/runtime/operator/find.ts';
import { type Standing, standingOf, statusOf } from '../../../shared/runtime/standing.ts';
import { renderTimeline, timelineOf } from '../../../shared/runtime/timeline.ts';
import type { Execute } from '../cli.ts';
import { jsonOption } from '../options.ts';
import type { Paint } from '../paint.ts';
import type { Result } from '../result.ts';
import type { Session } from '../session.ts';

export const showCommand = (execute: Execute): Command =>
  new Command('show')
    .description('one workflow: where it stands, what happened, its data')
    .argument('<id or key>', 'id of the workflow, or its business key')
    .addOption(jsonOption())
    .action((key: string, options: { json?: true }) => execute(options, (session) => show(session, key)));

async function show(session: Session, key: string): Promise<Result> {
  const journal = await session.journal();
  const head = await findWorkflow(journal, key);
  const history = await journal.readHistory(head._id);
  // Removed between the two reads.
  if (!history) throw new Refused('workflow-unknown', { key });
  const definition = await journal.findDefinition(head.workflow, head.version);
  const shown = presentWorkflow(history, definition?.definition.initial ?? null);
  return { json: shown, text: (paint) => render(history, shown, paint) };
}

/** What `show --json` says. Status, state and step are the journal's: a head can lag behind for a moment. */
export function presentWorkflow(history: WorkflowHistory, initial: string | null) {
  const { head, snapshots } = history;
  const standing = standingOf(history);
  const last = snapshots.at(-1);
  return {
    workflowId: head._id,
    workflow: head.workflow,
    version: head.version,
    businessKey: head.businessKey,
    status: statusOf(standing, head),
    state: last?.state ?? initial,
    step: standing.step,
    source: head.source,
    eventId: head.eventId,
    startedAt: head.startedAt,
    endedAt: standing.kind === 'ended' ? (head.endedAt ?? standing.since) : null,
    parked: standing.kind === 'parked' ? presentParked(standing) : null,
    input: head.input,
    data: last?.data ?? head.input,
    timeline: timelineOf(history),
  };
}

type Shown = ReturnType<typeof presentWorkflow>;

function presentParked({ step, attempt, since }: Extract<Standing, { kind: 'parked' }>) {
  const code = attempt.code ?? 'outcome-unknown';
  return { step, action: attempt.action, code, reason: attempt.reason ?? '', advice: adviceOn(code), at: since };
}

/** Codes of the catalogue have their advice. An older build may have parked with one that is gone. */
const adviceOn = (code: string): string =>
  Object.hasOwn(CATALOGUE, code) ? ERROR_ADVICE[code as ErrorCode] : 'See the reason, then retry.';

function render(history: WorkflowHistory, shown: Shown, paint: Paint): string {
  const [title = '', ...timeline] = renderTimeline(history).split('\n');
  const { parked, workflowId } = shown;
  const stopped = parked
    ? [
        '',
        `${paint.status('parked')} since ${parked.at.toISOString()} at step ${parked.step}, ${parked.action}`,
        `  why   ${parked.code}: ${parked.reason}`,
        `  do    ${parked.advice}`,
        `        conveyor retry ${workflowId}`,
      ]
    : [];
  return [
    paint.bold(title),
    paint.dim(`started ${shown.startedAt.toISOString()} by ${shown.source} ${shown.eventId}`),
    ...timeline,
    ...stopped,
    '',
    `data ${JSON.stringify(shown.data, null, 2)}`,
  ].join('\n');
}
