import { Command } from 'commander';
import { reasonOf, wayBackOf } from '../../../shared/runtime/operator/explain.ts';
import { readFacts } from '../../../shared/runtime/operator/facts.ts';
import { findWorkflow } from '../../../shared/runtime/operator/find.ts';
import { explain } from '../../../shared/runtime/operator/reason.ts';
import { printable } from '../../../shared/runtime/printable.ts';
import { standingOf, statusOf } from '../../../shared/runtime/standing.ts';
import type { Execute } from '../cli.ts';
import { jsonOption } from '../options.ts';
import type { Result } from '../result.ts';
import type { Session } from '../session.ts';

export const explainCommand = (execute: Execute): Command =>
  new Command('explain')
    .description('why a workflow is not moving, in one sentence')
    .argument('<id or key>', 'id of the workflow, or its business key')
    .addOption(jsonOption())
    .action((key: string, options: { json?: true }) => execute(options, (session) => explainOne(session, key)));

async function explainOne(session: Session, key: string): Promise<Result> {
  const { namespace, clock, livenessTimeoutMs } = session;
  const journal = await session.journal();
  const { _id: workflowId } = await findWorkflow(journal, key);
  // The broker is asked only about what may stand in a queue, and not connected before.
  const broker = { depth: (queue: string) => session.broker().depth(queue) };
  const facts = await readFacts({ namespace, broker, journal, clock }, workflowId, livenessTimeoutMs);
  const { head } = facts.history;
  const reason = reasonOf(facts);
  const back = wayBackOf(facts);
  const sentence = explain(printable(reason), back, head.deadline);
  const { kind: reasonKind, ...details } = reason;
  return {
    json: {
      workflowId,
      businessKey: head.businessKey,
      status: statusOf(standingOf(facts.history), head),
      reason: reasonKind,
      sentence,
      details,
      undoing: back ?? null,
      deadline: head.deadline ?? null,
    },
    text: () => `${workflowId}: ${sentence}`,
  };
}
