import { Command } from 'commander';
import { Refused } from '../../../shared/core/errors.ts';
import { snapshotId } from '../../../shared/core/names.ts';
import type { IntentRecord } from '../../../shared/journal/intent-record.ts';
import type { Journal } from '../../../shared/journal/journal.ts';
import type { WorkflowHistory } from '../../../shared/journal/records.ts';
import type { NotificationRecord, WaitRecord } from '../../../shared/journal/wait-records.ts';
import { dataOfStep } from '../../../shared/runtime/given.ts';
import { findWorkflow } from '../../../shared/runtime/operator/find.ts';
import { adviceOn } from '../../../shared/runtime/operator/reason.ts';
import { printable } from '../../../shared/runtime/printable.ts';
import { type Standing, standingOf, statusOf } from '../../../shared/runtime/standing.ts';
import { renderTimeline, timelineOf } from '../../../shared/runtime/timeline.ts';
import { presentRequest } from '../answer.ts';
import type { Execute } from '../cli.ts';
import { presentNotification } from '../notification.ts';
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

/** What is read of each kind at most. */
const MOST_RELATED = 20;

async function show(session: Session, key: string): Promise<Result> {
  const journal = await session.journal();
  const head = await findWorkflow(journal, key);
  const { _id: workflowId } = head;
  const history = await journal.readHistory(workflowId);
  // Removed between the two reads.
  if (!history) throw new Refused('workflow-unknown', { key });
  const definition = await journal.findDefinition(head.workflow, head.version);
  const related = await readRelated(journal, history);
  const shown = presentWorkflow(history, definition?.definition.initial ?? null, related);
  return { json: shown, text: (paint) => render(printable(history), printable(shown), paint) };
}

/** What the journal has of a workflow beside its history. */
export interface Related {
  /** The wait of the undecided step. */
  readonly wait: WaitRecord | null;
  readonly requests: readonly IntentRecord[];
  readonly notifications: readonly NotificationRecord[];
}

async function readRelated(journal: Journal, history: WorkflowHistory): Promise<Related> {
  const { _id: workflowId, businessKey } = history.head;
  const standing = standingOf(history);
  const waitIds = standing.kind === 'waiting' ? [snapshotId(workflowId, standing.step)] : [];
  const [[wait = null], requests, byId, byKey] = await Promise.all([
    journal.readWaits(waitIds),
    journal.findIntents([workflowId], MOST_RELATED),
    journal.findNotifications({ workflowId }, MOST_RELATED),
    journal.findNotifications({ businessKey }, MOST_RELATED),
  ]);
  // Of those for the key, what another workflow with the same key has used is not this one's.
  const notifications = [...byId, ...byKey.filter(({ usedBy = workflowId }) => usedBy === workflowId)];
  return { wait, requests, notifications };
}

/** What `show --json` says. Status, state and step are the journal's: a head can lag behind for a moment. */
function presentWorkflow(history: WorkflowHistory, initial: string | null, related: Related) {
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
    deadline: head.deadline ?? null,
    parked: standing.kind === 'parked' ? presentParked(standing) : null,
    waiting: standing.kind === 'waiting' ? presentWaiting(standing, related.wait) : null,
    undo: last?.undo && standing.kind !== 'ended' ? last.undo : null,
    requests: related.requests.map(presentRequest),
    notifications: related.notifications.map(presentNotification),
    input: head.input,
    data: dataOfStep(last?.data ?? head.input, history.attempts, standing.step),
    timeline: timelineOf(history),
  };
}

type Shown = ReturnType<typeof presentWorkflow>;

function presentParked({ step, attempt, since }: Extract<Standing, { kind: 'parked' }>) {
  const code = attempt.code ?? 'outcome-unknown';
  return { step, action: attempt.action, code, reason: attempt.reason ?? '', advice: adviceOn(code), at: since };
}

function presentWaiting({ step, attempt, since }: Extract<Standing, { kind: 'waiting' }>, wait: WaitRecord | null) {
  const { notification = null, due = null, until = null, otherwise = null } = wait ?? attempt.wait ?? {};
  return { step, action: attempt.action, since, notification, due, until, otherwise, polls: wait?.polls ?? 0 };
}

function render(history: WorkflowHistory, shown: Shown, paint: Paint): string {
  const [title = '', ...timeline] = renderTimeline(history).split('\n');
  const { parked, waiting, undo, requests, notifications, workflowId } = shown;
  const related = [
    ...(waiting ? ['', describeWaiting(waiting, paint)] : []),
    ...(undo
      ? ['', `left to undo: ${undo.left.map(({ action, step }) => `${action} (step ${step})`).join(', ') || 'nothing'}`]
      : []),
    ...(requests.length > 0 ? ['', 'requests', ...requests.map(describeRequest)] : []),
    ...(notifications.length > 0 ? ['', 'notifications', ...notifications.map(describeNotification)] : []),
  ];
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
    ...related,
    '',
    `data ${JSON.stringify(shown.data, null, 2)}`,
  ].join('\n');
}

function describeWaiting(waiting: NonNullable<Shown['waiting']>, paint: Paint): string {
  const { step, action, since, notification, due, until, polls } = waiting;
  const what = [
    ...(notification === null ? [] : [`the notification "${notification}"`]),
    ...(due === null || due.getTime() === until?.getTime()
      ? []
      : [`its next poll at ${due.toISOString()} (${polls} so far)`]),
    ...(until === null ? [] : [`its end at ${until.toISOString()}`]),
  ];
  return `${paint.status('waiting')} since ${since.toISOString()} at step ${step}, ${action}, for ${what.join(', or ')}`;
}

function describeRequest({ requestedAt, source, reason, order, answer }: Shown['requests'][number]): string {
  const what = order ? `to ${order.kind}` : 'to cancel';
  const refusal = answer?.kind === 'refused' ? ` (${answer.reason})` : '';
  return `  ${requestedAt.toISOString()} ${source} ${what}: ${reason} → ${answer?.kind ?? 'open'}${refusal}`;
}

function describeNotification({
  receivedAt,
  source,
  name,
  state,
  step,
  reason,
}: Shown['notifications'][number]): string {
  const where = step === null ? '' : ` at step ${step}`;
  return `  ${receivedAt.toISOString()} ${source} ${name} → ${state}${where}${reason === null ? '' : ` (${reason})`}`;
}
