import { Command } from 'commander';
import { findWorkflow } from '../../../shared/runtime/operator/find.ts';
import { awaitAnswer, orderParked, type Wanted } from '../../../shared/runtime/operator/requests.ts';
import { standingOf, statusOf } from '../../../shared/runtime/standing.ts';
import { describeAnswer, isGranted, presentRequest } from '../answer.ts';
import type { Execute } from '../cli.ts';
import { duration, jsonOption } from '../options.ts';
import type { Result } from '../result.ts';
import type { Session } from '../session.ts';

interface OrderOptions {
  readonly reason: string;
  readonly request?: string;
  readonly timeout: number;
  readonly json?: true;
}

const SOURCE = '/conveyor/cli';

export const failCommand = (execute: Execute): Command =>
  orderCommand('fail', 'ends the step at which a workflow is parked with a failure that its definition names there')
    .requiredOption('--code <failure>', 'the declared failure')
    .action((key: string, options: OrderOptions & { readonly code: string }) =>
      execute(options, (session) => order(session, key, { kind: 'fail', code: options.code }, options)),
    );

export const compensateCommand = (execute: Execute): Command =>
  orderCommand('compensate', 'undoes everything that a parked workflow has done, whatever its state says').action(
    (key: string, options: OrderOptions) =>
      execute(options, (session) => order(session, key, { kind: 'compensate' }, options)),
  );

const orderCommand = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .argument('<id or key>', 'id of the workflow, or its business key')
    .requiredOption('--reason <text>', 'why; it is kept with the order')
    .option('--request <id>', 'id of the order: the same again gets the same answer; default: a new one')
    .option('--timeout <duration>', 'how long to wait until a steward has carried it out', duration, 60_000)
    .addOption(jsonOption());

async function order(session: Session, key: string, wanted: Wanted, options: OrderOptions): Promise<Result> {
  const acting = await session.acting();
  const { journal } = acting.line;
  const { reason, timeout, request: id = session.random.id() } = options;
  const { _id: workflowId } = await findWorkflow(journal, key);
  const ordered = await orderParked(acting, workflowId, wanted, { source: SOURCE, id, reason });
  const request = (await awaitAnswer({ journal, clock: session.clock }, ordered._id, timeout)) ?? ordered;
  const history = await journal.readHistory(workflowId);
  const status = history && statusOf(standingOf(history), history.head);
  return {
    json: { ...presentRequest(request), status },
    text: (paint) => {
      const hint = request.answer ? '' : `. Is a steward running? The same again: --request ${id}`;
      return `${describeAnswer(request, paint)}${hint}${status ? `, and is ${paint.status(status)}` : ''}`;
    },
    exitCode: isGranted(request) ? 0 : 1,
  };
}
