import { Command, InvalidArgumentError, Option } from 'commander';
import { Refused } from '../../../shared/core/errors.ts';
import type { JsonObject } from '../../../shared/core/json.ts';
import type { DataEdit } from '../../../shared/runtime/operator/data-edit.ts';
import { findWorkflow } from '../../../shared/runtime/operator/find.ts';
import { retryParked } from '../../../shared/runtime/operator/retry.ts';
import { describeStanding, standingOf, statusOf } from '../../../shared/runtime/standing.ts';
import type { Execute } from '../cli.ts';
import { readJsonFile } from '../json-file.ts';
import { jsonObject, jsonOption, wholeNumber } from '../options.ts';
import type { Result } from '../result.ts';
import { retryMany } from '../retry-many.ts';
import type { Session } from '../session.ts';

const MOST_RETRIED = 10_000;

interface RetryOptions {
  readonly data?: JsonObject;
  readonly dataFile?: string;
  readonly whole?: true;
  readonly key?: 'keep' | 'new';
  readonly workflow?: string;
  readonly action?: string;
  readonly code?: string;
  readonly limit: number;
  readonly json?: true;
}

export const retryCommand = (execute: Execute): Command =>
  new Command('retry')
    .description('takes parked workflows up again at the step at which each stands; the retry budget begins anew')
    .argument('[id or key]', 'id of the workflow, or its business key; without it a group is retried')
    .addOption(
      new Option('--data <json>', 'fields to set in the data before, checked by the action’s input')
        .argParser(jsonObject)
        .conflicts('dataFile'),
    )
    .option('--data-file <file>', 'the same, in a file')
    .option('--whole', 'the data given is all there is: fields that it lacks are dropped')
    .addOption(
      new Option(
        '--key <keep|new>',
        'whether the step keeps its idempotency key; must be said with other data, since many downstreams refuse a known key with another body',
      ).choices(['keep', 'new']),
    )
    .option('--workflow <name>', 'a group: those of this definition')
    .option('--action <name>', 'a group: those parked at this action')
    .option('--code <code>', 'a group: those parked with this code')
    .option('--limit <number>', 'a group: at most so many', wholeNumber(1, MOST_RETRIED), 100)
    .addOption(jsonOption())
    .action((key: string | undefined, options: RetryOptions) =>
      execute(options, (session) => retry(session, key, options)),
    );

async function retry(session: Session, key: string | undefined, options: RetryOptions): Promise<Result> {
  const { workflow, action, code, limit, data, dataFile } = options;
  const isGroup = workflow !== undefined || action !== undefined || code !== undefined;
  if (key !== undefined && isGroup) throw wrong('Name one workflow, or a group by --workflow, --action and --code.');
  if (key !== undefined) return retryOne(session, key, await editOf(options));
  if (!isGroup) throw wrong('Name a workflow; or a group by --workflow, --action or --code.');
  if (data !== undefined || dataFile !== undefined) throw wrong('Other data is for one workflow.');
  return retryMany(session, options, limit);
}

const wrong = (problem: string): InvalidArgumentError => new InvalidArgumentError(problem);

async function editOf({ data, dataFile, whole, key }: RetryOptions): Promise<DataEdit | undefined> {
  const given = dataFile === undefined ? data : await readJsonFile('--data-file', dataFile);
  if (given === undefined) {
    if (key !== undefined || whole) throw wrong('--key and --whole are for --data: without it nothing changes.');
    return undefined;
  }
  if (key === undefined) throw wrong('Say --key keep or --key new with --data.');
  return { data: given, how: whole ? 'whole' : 'fields', key };
}

async function retryOne(session: Session, key: string, edit: DataEdit | undefined): Promise<Result> {
  const acting = await session.acting();
  const { _id: workflowId } = await findWorkflow(acting.line.journal, key);
  const { step, attempt } = await retryParked(acting, workflowId, edit ? { edit } : {});
  const history = await acting.line.journal.readHistory(workflowId);
  if (!history) throw new Refused('workflow-unknown', { key });
  const standing = standingOf(history);
  const status = statusOf(standing, history.head);
  return {
    json: { workflowId, step, attempt, status },
    text: (paint) =>
      standing.kind === 'parked'
        ? `${workflowId}: ${paint.status('parked')} again, ${describeStanding(standing)}; see conveyor show ${workflowId}`
        : `${workflowId}: step ${step} goes on as attempt ${attempt}`,
    // It was taken up, and could not go on for the same reason, e.g. that no station consumes its action.
    exitCode: standing.kind === 'parked' ? 1 : 0,
  };
}
