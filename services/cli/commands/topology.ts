import { Command } from 'commander';
import type { Topology } from '../../../shared/contract/topology.ts';
import type { Execute } from '../cli.ts';
import { topologyOf } from '../line-topology.ts';
import { jsonOption } from '../options.ts';
import type { Result } from '../result.ts';
import type { Session } from '../session.ts';
import { columns } from '../table.ts';

interface Options {
  readonly json?: true;
}

export const topologyCommand = (execute: Execute): Command => {
  const subcommand = (name: string, description: string, work: (session: Session) => Promise<Result>): Command =>
    new Command(name)
      .description(description)
      .addOption(jsonOption())
      .action((options: Options) => execute(options, work));
  return new Command('topology')
    .description('exchanges and queues of the line, those of every known station included')
    .addCommand(subcommand('declare', 'creates what is missing; changes nothing that is there', declare))
    .addCommand(subcommand('show', 'what there should be; asks the journal for the stations, and not the broker', show))
    .addCommand(subcommand('verify', 'what of it is missing on the broker; creates nothing', verify));
};

async function declare(session: Session): Promise<Result> {
  const topology = await topologyOf(session);
  await session.broker().declare(topology);
  const { exchanges, queues, bindings } = topology;
  return {
    json: { exchanges: exchanges.length, queues: queues.length, bindings: bindings.length },
    text: () => `${exchanges.length} exchanges, ${queues.length} queues and ${bindings.length} bindings are there`,
  };
}

async function show(session: Session): Promise<Result> {
  const topology = await topologyOf(session);
  return { json: topology, text: () => render(topology) };
}

async function verify(session: Session): Promise<Result> {
  const missing = await session.broker().verify(await topologyOf(session));
  return {
    json: { missing },
    text: (paint) =>
      missing.length === 0
        ? paint.good('all exchanges and queues are there')
        : [paint.bad(`${missing.length} missing; conveyor topology declare creates them:`), ...missing].join('\n'),
    exitCode: missing.length === 0 ? 0 : 1,
  };
}

function render({ exchanges, queues, bindings }: Topology): string {
  const from = (exchange: string): string[] =>
    bindings
      .filter((binding) => binding.from === exchange)
      .map(({ to, pattern }) => `${pattern} → ${'queue' in to ? to.queue : to.exchange}`);
  return [
    columns(
      ['exchange', 'bindings'],
      exchanges.map(({ name }) => [name, from(name).join(', ')]),
    ),
    '',
    columns(
      ['queue', 'rests', 'dead letters to'],
      queues.map(({ name, messageTtlMs, deadLetterExchange }) => [
        name,
        messageTtlMs === undefined ? '' : `${messageTtlMs / 1_000} s`,
        deadLetterExchange ?? '',
      ]),
    ),
  ].join('\n');
}
