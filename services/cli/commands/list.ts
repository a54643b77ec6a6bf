import { Command, Option } from 'commander';
import type { HeadFilter } from '../../../shared/journal/journal.ts';
import type { Head, Status } from '../../../shared/journal/records.ts';
import { printable } from '../../../shared/runtime/printable.ts';
import type { Execute } from '../cli.ts';
import { jsonOption, wholeNumber } from '../options.ts';
import type { Paint } from '../paint.ts';
import type { Result } from '../result.ts';
import type { Session } from '../session.ts';
import { columns } from '../table.ts';

const STATUSES: readonly Status[] = [
  'running',
  'waiting',
  'parked',
  'cancelling',
  'compensating',
  'succeeded',
  'failed',
  'cancelled',
];
const DEFAULT_LIMIT = 20;
const MOST_LISTED = 10_000;

interface ListOptions {
  readonly workflow?: string;
  readonly status?: Status;
  readonly key?: string;
  readonly limit: number;
  readonly json?: true;
}

export const listCommand = (execute: Execute): Command =>
  new Command('list')
    .description('workflows, the newest first')
    .option('--workflow <name>', 'only those of this definition')
    .addOption(new Option('--status <status>', 'only those of this status').choices([...STATUSES]))
    .option('--key <business key>', 'only those of this business key')
    .option('--limit <number>', 'at most so many', wholeNumber(1, MOST_LISTED), DEFAULT_LIMIT)
    .addOption(jsonOption())
    .action((options: ListOptions) => execute(options, (session) => list(session, options)));

async function list(session: Session, { workflow, status, key, limit }: ListOptions): Promise<Result> {
  const filter: HeadFilter = {
    ...(workflow === undefined ? {} : { workflow }),
    ...(status === undefined ? {} : { status }),
    ...(key === undefined ? {} : { businessKey: key }),
  };
  const journal = await session.journal();
  // One more than asked for tells whether there are more.
  const heads = await journal.findHeads(filter, limit + 1);
  const hasMore = heads.length > limit;
  const shown = heads.slice(0, limit);
  return {
    json: { workflows: shown.map(presentHead), hasMore },
    text: (paint) =>
      shown.length === 0
        ? `no workflows in the namespace ${session.namespace}`
        : render(printable(shown), hasMore, paint),
  };
}

function presentHead(head: Head) {
  const { _id, workflow, version, businessKey, status, startedAt, endedAt = null, parked = null } = head;
  const { waiting = null, cancelling = null, compensating = null, deadline = null } = head;
  const facts = { parked, waiting, cancelling, compensating, deadline };
  return { workflowId: _id, workflow, version, businessKey, status, startedAt, endedAt, ...facts };
}

function render(heads: readonly Head[], hasMore: boolean, paint: Paint): string {
  const rows = heads.map((head) => [
    head._id,
    `${head.workflow} ${head.version}`,
    head.businessKey,
    paint.status(head.status),
    head.startedAt.toISOString(),
    describeFacts(head),
  ]);
  const table = columns(['id', 'workflow', 'business key', 'status', 'started', 'ended, or stands still for'], rows);
  return hasMore ? `${table}\n${paint.dim('there are more: --limit shows them')}` : table;
}

/** When it ended; or what it stands still for, or does instead of going on. */
function describeFacts({ endedAt, parked, waiting, cancelling, compensating }: Head): string {
  if (endedAt) return endedAt.toISOString();
  if (cancelling && !compensating) return `request ${cancelling.intent}`;
  if (parked) return `step ${parked.step}: ${parked.code}`;
  if (compensating) return `on its way back since step ${compensating.step}`;
  if (!waiting) return '';
  const { step, notification, due, until } = waiting;
  const next = due ?? until;
  const what = [notification, next?.toISOString()].filter((part) => part !== undefined).join(' or ');
  return `step ${step}: ${what}`;
}
