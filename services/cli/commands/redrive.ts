import { Command } from 'commander';
import { type Redriven, redriveAll } from '../../../shared/runtime/steward/redrive-all.ts';
import type { Execute } from '../cli.ts';
import { topologyOf } from '../line-topology.ts';
import { jsonOption } from '../options.ts';
import type { Result } from '../result.ts';
import type { Session } from '../session.ts';

/** It goes on for as long as there are workflows; a server that is away for so long is not waited for. */
const INSIST_MS = 86_400_000;

export const redriveCommand = (execute: Execute): Command =>
  new Command('redrive')
    .description('sends the message of every workflow again that should have one; for after a restore of the database')
    .requiredOption('--all', 'all workflows; what the broker alone has lost, the stewards find by themselves')
    .addOption(jsonOption())
    .action((options: { json?: true }) => execute(options, redrive));

async function redrive(session: Session): Promise<Result> {
  const acting = await session.acting(INSIST_MS);
  // Messages need somewhere to go to: a restore of the database as a rule begins with an empty broker.
  await acting.line.broker.declare(await topologyOf(session));
  const redriven = await redriveAll(acting, (soFar) => session.showProgress(describe(soFar)));
  return { json: redriven, text: () => describe(redriven) };
}

const describe = ({ workflows, sent, putRight, atRest }: Redriven): string =>
  `${workflows} workflows have not ended: ${sent} messages sent, ${putRight} heads put right, ${atRest} parked or waiting`;
