import { Command } from 'commander';
import { Refused } from '../../../shared/core/errors.ts';
import { findWorkflow } from '../../../shared/runtime/operator/find.ts';
import { retryParked } from '../../../shared/runtime/operator/retry.ts';
import { describeStanding, standingOf, statusOf } from '../../../shared/runtime/standing.ts';
import type { Execute } from '../cli.ts';
import { jsonOption } from '../options.ts';
import type { Result } from '../result.ts';
import type { Session } from '../session.ts';

export const retryCommand = (execute: Execute): Command =>
  new Command('retry')
    .description('takes a parked workflow up again at the step at which it stands; the retry budget begins anew')
    .argument('<id or key>', 'id of the workflow, or its business key')
    .addOption(jsonOption())
    .action((key: string, options: { json?: true }) => execute(options, (session) => retry(session, key)));

async function retry(session: Session, key: string): Promise<Result> {
  const acting = await session.acting();
  const { _id: workflowId } = await findWorkflow(acting.line.journal, key);
  const { step, attempt } = await retryParked(acting, workflowId);
  const history = await acting.line.journal.readHistory(workflowId);
  if (!history) throw new Refused('workflow-unknown', { key });
  const standing = standingOf(history);
  const status = statusOf(standing);
  return {
    json: { workflowId, step, attempt, status },
    text: (paint) =>
      status === 'parked'
        ? `${workflowId}: ${paint.status('parked')} again, ${describeStanding(standing)}; see conveyor show ${workflowId}`
        : `${workflowId}: step ${step} goes on as attempt ${attempt}`,
    // It was taken up, and could not go on for the same reason, e.g. that no station consumes its action.
    exitCode: status === 'parked' ? 1 : 0,
  };
}
