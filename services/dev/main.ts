import { Command } from 'commander';
import { SystemClock, SystemRandom } from '../../shared/runtime/clock.ts';
import { createLog } from '../../shared/runtime/logger.ts';
import { actions } from '../orders/actions/index.ts';
import { EmbeddedDevLine } from './embedded-line.ts';
import { parseOrders, parseSeed, parseWorkers, type StartOptions } from './options.ts';
import { PlainView } from './plain-view.ts';
import { runDevLine } from './run.ts';
import { TerminalView } from './terminal-view.ts';

const names = actions.map(({ name }) => name);
const command = new Command('npm start --')
  .description('Runs the orders line: thousands of orders through the whole engine, then an audit.')
  .option('--orders <number>', 'how many orders are placed', parseOrders, 3_000)
  .option('--seed <text>', 'which orders: the same seed makes the same orders', parseSeed, 'demo')
  .option('--stay', 'keep the line up afterwards, until Ctrl-C', false)
  .option('--real', 'on a real RabbitMQ and a real MongoDB, every part a process of its own', false)
  .option('--kill', 'with --real: SIGKILL a random worker every second meanwhile', false)
  .option(
    '--workers <ACTION=N>',
    'with --real: how many processes host an action (repeatable)',
    (text, before: ReadonlyMap<string, number>) => parseWorkers(text, before, names),
    new Map<string, number>(),
  )
  .action(async (options: StartOptions) => {
    process.exitCode = await start(options);
  });

async function start(options: StartOptions): Promise<number> {
  const clock = new SystemClock();
  const random = new SystemRandom();
  const view = process.stdout.isTTY ? new TerminalView(process.stdout) : new PlainView(process.stdout);
  const log = createLog({ level: 'warn', service: 'dev', destination: { write: (line) => view.note(line.trim()) } });
  const line = new EmbeddedDevLine({ clock, random, log });
  return runDevLine({ line, options, view, clock, log, output: process.stdout });
}

await command.parseAsync();
