import { Command } from 'commander';
import { findWorkflow } from '../../../shared/runtime/operator/find.ts';
import { awaitAnswer, requestCancellation, requestKey } from '../../../shared/runtime/operator/requests.ts';
import { standingOf, statusOf } from '../../../shared/runtime/standing.ts';
import { describeAnswer, isGranted, presentRequest } from '../answer.ts';
import type { Execute } from '../cli.ts';
import { duration, jsonOption } from '../options.ts';
import type { Result } from '../result.ts';
import type { Session } from '../session.ts';
import { waitForRest } from '../wait-for-rest.ts';

interface CancelOptions {
  readonly reason: string;
  readonly request?: string;
  readonly source: string;
  readonly wait?: true;
  readonly timeout: number;
  readonly json?: true;
}

export const cancelCommand = (execute: Execute): Command =>
  new Command('cancel')
    .description('asks to cancel a workflow, as every program may, and shows the answer')
    .argument('<id or key>', 'id of the workflow, or its business key')
    .requiredOption('--reason <text>', 'why; it is kept with the request')
    .option('--request <id>', 'id of the request: the same again gets the same answer; default: a new one')
    .option('--source <source>', 'who asks', '/conveyor/cli')
    .option('--wait', 'until the workflow has ended, with everything undone, or is parked')
    .option('--timeout <duration>', 'how long to wait, for the answer and then for the end', duration, 60_000)
    .addOption(jsonOption())
    .action((key: string, options: CancelOptions) => execute(options, (session) => cancel(session, key, options)));

async function cancel(session: Session, key: string, options: CancelOptions): Promise<Result> {
  const { reason, source, request: id = session.random.id() } = options;
  const acting = await session.acting();
  const { journal } = acting.line;
  const { _id: workflowId, workflow } = await findWorkflow(journal, key);
  await requestCancellation(acting, { workflowId, workflow }, { source, id, reason });
  const request = await awaitAnswer({ journal, clock: session.clock }, requestKey({ source, id }), options.timeout);
  if (!request) return unanswered(workflowId, { source, id });
  const history =
    options.wait && isGranted(request)
      ? await waitForRest(session, workflowId, options.timeout)
      : await journal.readHistory(workflowId);
  const standing = history && standingOf(history);
  const status = standing && statusOf(standing, history.head);
  const isDone = options.wait ? standing?.kind === 'ended' : true;
  return {
    json: { ...presentRequest(request), status },
    text: (paint) => `${describeAnswer(request, paint)}${status ? `, and is ${paint.status(status)}` : ''}`,
    exitCode: isGranted(request) && isDone ? 0 : 1,
  };
}

/** Nobody has taken the request from the queue: it is there, and the command may be repeated with its id. */
function unanswered(workflowId: string, { source, id }: { readonly source: string; readonly id: string }): Result {
  return {
    json: { request: requestKey({ source, id }), workflowId, source, id, state: 'open', answer: null, status: null },
    text: () => `${workflowId}: asked, and not answered yet. Is a steward running? The same again: --request ${id}`,
    exitCode: 1,
  };
}
