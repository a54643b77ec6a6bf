import { Command } from 'commander';
import {
  findParked,
  groupParked,
  type ParkedFound,
  type ParkedGroup,
} from '../../../shared/runtime/operator/parked.ts';
import { adviceOn } from '../../../shared/runtime/operator/reason.ts';
import { printable } from '../../../shared/runtime/printable.ts';
import type { Execute } from '../cli.ts';
import { jsonOption, wholeNumber } from '../options.ts';
import type { Paint } from '../paint.ts';
import type { Result } from '../result.ts';
import type { Session } from '../session.ts';
import { columns } from '../table.ts';

const DEFAULT_MOST = 10_000;
const MOST_LOOKED_AT = 100_000;
const EXAMPLES = 3;

interface ParkedOptions {
  readonly workflow?: string;
  readonly action?: string;
  readonly code?: string;
  readonly most: number;
  readonly json?: true;
}

export const parkedCommand = (execute: Execute): Command =>
  new Command('parked')
    .description('what is parked, by action and code, with examples')
    .option('--workflow <name>', 'only those of this definition')
    .option('--action <name>', 'only those at this action')
    .option('--code <code>', 'only those with this code')
    .option('--most <number>', 'how many are looked at, the newest', wholeNumber(1, MOST_LOOKED_AT), DEFAULT_MOST)
    .addOption(jsonOption())
    .action((options: ParkedOptions) => execute(options, (session) => parked(session, options)));

async function parked(session: Session, options: ParkedOptions): Promise<Result> {
  const found = await findParked(await session.journal(), options, options.most);
  const groups = groupParked(found.parked, EXAMPLES);
  return {
    json: {
      count: found.parked.length,
      hasMore: found.hasMore,
      groups: groups.map((group) => ({ ...group, advice: adviceOn(group.code) })),
    },
    text: (paint) => render(found, printable(groups), paint),
  };
}

function render({ parked: { length }, hasMore }: ParkedFound, groups: readonly ParkedGroup[], paint: Paint): string {
  if (length === 0) return hasMore ? 'none of the newest is parked so: --most looks at more' : 'nothing is parked';
  const rows = groups.map(({ action, code, count, oldest, newest }) => [
    String(count),
    action,
    code,
    oldest.toISOString(),
    newest.toISOString(),
  ]);
  const details = groups.flatMap(({ action, code, examples }) => [
    '',
    `${paint.bold(`${action} ${code}`)}: ${adviceOn(code)}`,
    ...examples.map(
      ({ workflowId, businessKey, step, reason }) => `  ${workflowId} (${businessKey}) step ${step}: ${reason}`,
    ),
    `  conveyor retry --action ${action} --code ${code}`,
  ]);
  return [
    columns(['count', 'action', 'code', 'since', 'last'], rows),
    ...details,
    ...(hasMore ? ['', paint.dim('there are more: --most looks at them')] : []),
  ].join('\n');
}
