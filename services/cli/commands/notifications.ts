import { Command, Option } from 'commander';
import type { NotificationFilter } from '../../../shared/journal/journal.ts';
import type { NotificationRecord, NotificationState } from '../../../shared/journal/wait-records.ts';
import { type NearMiss, nearMisses } from '../../../shared/runtime/near-misses.ts';
import { targetOf } from '../../../shared/runtime/operator/notify.ts';
import { printable } from '../../../shared/runtime/printable.ts';
import type { Execute } from '../cli.ts';
import { describeNearMiss, presentNotification } from '../notification.ts';
import { jsonOption, wholeNumber } from '../options.ts';
import type { Paint } from '../paint.ts';
import type { Result } from '../result.ts';
import type { Session } from '../session.ts';
import { columns } from '../table.ts';

const STATES: readonly NotificationState[] = ['kept', 'used', 'late', 'refused'];
const MOST_LISTED = 1_000;

interface NotificationsOptions {
  readonly key?: string;
  readonly name?: string;
  readonly state: NotificationState;
  readonly limit: number;
  readonly json?: true;
}

export const notificationsCommand = (execute: Execute): Command =>
  new Command('notifications')
    .description('notifications that nothing has waited for yet, with what they nearly fit; or those of another state')
    .option('--key <id or key>', 'only those for this workflow or business key')
    .option('--name <name>', 'only those of this name')
    .addOption(new Option('--state <state>', 'what became of them').choices([...STATES]).default('kept'))
    .option('--limit <number>', 'at most so many, the newest', wholeNumber(1, MOST_LISTED), 20)
    .addOption(jsonOption())
    .action((options: NotificationsOptions) => execute(options, (session) => list(session, options)));

interface Listed {
  readonly record: NotificationRecord;
  readonly near: readonly NearMiss[];
}

async function list(session: Session, { key, name, state, limit }: NotificationsOptions): Promise<Result> {
  const journal = await session.journal();
  const filter: NotificationFilter = {
    state,
    ...(key === undefined ? {} : await targetOf(journal, key)),
    ...(name === undefined ? {} : { name }),
  };
  const found = await journal.findNotifications(filter, limit + 1);
  const listed: Listed[] = [];
  for (const record of found.slice(0, limit)) {
    listed.push({ record, near: state === 'kept' ? await nearMisses(journal, record) : [] });
  }
  const hasMore = found.length > limit;
  return {
    json: { notifications: listed.map(({ record, near }) => ({ ...presentNotification(record), near })), hasMore },
    text: (paint) => render(printable(listed), { state, hasMore }, paint),
  };
}

function render(
  listed: readonly Listed[],
  { state, hasMore }: { readonly state: NotificationState; readonly hasMore: boolean },
  paint: Paint,
): string {
  if (listed.length === 0) return `no notifications that are ${state}`;
  const rows = listed.map(({ record }) => [
    record.name,
    record.workflowId ?? record.businessKey ?? '',
    record.receivedAt.toISOString(),
    record.state,
    record.usedBy === undefined ? (record.reason ?? '') : `step ${record.step} of ${record.usedBy}`,
  ]);
  const near = listed.flatMap(({ record, near: misses }) =>
    misses.length === 0
      ? []
      : [`${record.name} for ${record.workflowId ?? record.businessKey}:`, ...misses.map(describeNearMiss)],
  );
  return [
    columns(['name', 'for', 'received', 'state', 'what became of it'], rows),
    ...(near.length > 0 ? ['', ...near] : []),
    ...(hasMore ? [paint.dim('there are more: --limit shows them')] : []),
  ].join('\n');
}
