import { Command, Option } from 'commander';
import { SystemClock, SystemRandom } from '../../shared/runtime/clock.ts';
import { loadSettings } from '../../shared/runtime/config.ts';
import { createLog } from '../../shared/runtime/logger.ts';
import { connectBroker, connectJournal } from '../../shared/wiring/connections.ts';
import { actions } from '../orders/actions/index.ts';
import type { DevLine } from './dev-line.ts';
import { EmbeddedDevLine } from './embedded-line.ts';
import { cleanUpBehindParent } from './janitor.ts';
import { contradictionIn, parseOrders, parseSeed, parseWorkers, type StartOptions } from './options.ts';
import { PlainView } from './plain-view.ts';
import type { Premises } from './premises.ts';
import { placeOrders } from './producer.ts';
import { RealDevLine } from './real-line.ts';
import { runDevLine } from './run.ts';
import { TerminalView } from './terminal-view.ts';
import type { View } from './view.ts';

const clock = new SystemClock();
const random = new SystemRandom();
const names = actions.map(({ name }) => name);

async function start(options: StartOptions): Promise<void> {
  const contradiction = contradictionIn(options);
  if (contradiction !== undefined) program.error(`error: ${contradiction}`);
  const view = process.stdout.isTTY ? new TerminalView(process.stdout) : new PlainView(process.stdout);
  // Banks that confirm twice and polls that fail are part of the show: only what is an error is worth a line.
  const log = createLog({ level: 'error', service: 'dev', destination: { write: (line) => view.note(line.trim()) } });
  const line = options.real ? realLine(options, view) : new EmbeddedDevLine({ clock, random, log });
  process.exitCode = await runDevLine({ line, options, view, clock, random, log, output: process.stdout });
}

function realLine({ workers, kill = false }: StartOptions, view: View): DevLine {
  const log = createLog({ level: 'error', service: 'dev', destination: { write: (line) => view.note(line.trim()) } });
  return new RealDevLine({
    actions: names,
    workers,
    kill,
    clock,
    random,
    onNote: (line) => view.note(line),
    connect: async (premises: Premises) => {
      const connecting = { config: premises, clock, random, log, program: 'dev' };
      return { broker: connectBroker(connecting), journal: await connectJournal(connecting) };
    },
  });
}

/** The checkout as a process of its own; SIGTERM ends it, unfinished. */
async function placeOrdersHere({ seed, orders }: { readonly seed: string; readonly orders: number }): Promise<void> {
  const config = loadSettings(['amqpUrl', 'mongodbUrl', 'namespace'], process.env);
  const log = createLog({ level: 'error', service: 'checkout' });
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  const publisher = connectBroker({ config, clock, random, log, program: 'checkout' });
  const { namespace } = config;
  await placeOrders({ publisher, namespace, clock, random }, { seed, count: orders }, stop.signal);
  await publisher.close();
}

const program = new Command('npm start --')
  .description('Runs the orders line: thousands of orders through the whole engine, then an audit.')
  .enablePositionalOptions()
  .option('--orders <number>', 'how many orders are placed', parseOrders, 3_000)
  .option('--seed <text>', 'which orders: the same seed makes the same orders', parseSeed, 'demo')
  .option('--stay', 'keep the line up afterwards, until Ctrl-C')
  .option('--real', 'on a real RabbitMQ and a real MongoDB, every part a process of its own')
  .option('--kill', 'with --real: SIGKILL a random worker every second meanwhile')
  .addOption(
    new Option('--workers <ACTION=N>', 'with --real: how many processes host an action (repeatable)')
      .default(new Map<string, number>(), 'one each')
      .argParser((text, before: ReadonlyMap<string, number>) => parseWorkers(text, before, names)),
  )
  .action(start);

// Two programs that the line above starts; not for people.
program
  .command('place-orders', { hidden: true })
  .requiredOption('--orders <number>', '', parseOrders)
  .requiredOption('--seed <text>', '', parseSeed)
  .action(placeOrdersHere);
program.command('clean-up', { hidden: true }).action(() => cleanUpBehindParent(clock));

await program.parseAsync();
