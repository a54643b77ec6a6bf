import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { screenJson, screenText } from '../../shared/runtime/printable.ts';
import { VERSION } from '../../shared/runtime/version.ts';
import { auditCommand } from './commands/audit.ts';
import { cancelCommand } from './commands/cancel.ts';
import { definitionsCommand } from './commands/definitions.ts';
import { explainCommand } from './commands/explain.ts';
import { listCommand } from './commands/list.ts';
import { notificationsCommand } from './commands/notifications.ts';
import { notifyCommand } from './commands/notify.ts';
import { compensateCommand, failCommand } from './commands/order.ts';
import { parkedCommand } from './commands/parked.ts';
import { redriveCommand } from './commands/redrive.ts';
import { retryCommand } from './commands/retry.ts';
import { showCommand } from './commands/show.ts';
import { startCommand } from './commands/start.ts';
import { topologyCommand } from './commands/topology.ts';
import { watchCommand } from './commands/watch.ts';
import { describeFailure } from './failure.ts';
import { paintFor } from './paint.ts';
import type { Platform } from './platform.ts';
import type { Result } from './result.ts';
import { Session } from './session.ts';

/** 0 done and in order · 1 refused, failed, or not in order · 2 the command line is wrong. */
export type ExitCode = 0 | 1 | 2;

/** Does a command's work, prints what came of it, and remembers the exit code. */
export type Execute = (options: { readonly json?: true }, work: (session: Session) => Promise<Result>) => Promise<void>;

/** Runs one command line from its arguments to its exit code. Never rejects. */
export async function runCli(args: readonly string[], platform: Platform): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const execute: Execute = async (options, work) => {
    exitCode = await perform(options.json === true, work, platform);
  };
  try {
    await program(execute, platform).parseAsync(args, { from: 'user' });
  } catch (error) {
    // Help and version are no mistakes; commander has written what is to be said already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    platform.err.write(`conveyor: ${describeFailure(error, platform.environment)}\n`);
    return 1;
  }
  return exitCode;
}

async function perform(
  json: boolean,
  work: (session: Session) => Promise<Result>,
  platform: Platform,
): Promise<ExitCode> {
  const { out, err, environment } = platform;
  let session: Session | undefined;
  try {
    session = new Session(platform);
    const result = await work(session);
    session.endProgress();
    const text = (): string => (json ? screenJson(result.json) : screenText(result.text(paintFor(out.isTerminal))));
    if (!result.isPrinted) out.write(`${text()}\n`);
    return result.exitCode ?? 0;
  } catch (error) {
    session?.endProgress();
    // An argument can turn out to be wrong only when it is used, e.g. a file.
    if (error instanceof InvalidArgumentError) {
      err.write(`conveyor: ${error.message}\n`);
      return 2;
    }
    err.write(`conveyor: ${describeFailure(error, environment)}\n`);
    return 1;
  } finally {
    await session?.close();
  }
}

function program(execute: Execute, { out, err }: Platform): Command {
  const output = {
    writeOut: (text: string) => out.write(text),
    writeErr: (text: string) => err.write(text),
  };
  const commands = [
    showCommand(execute),
    explainCommand(execute),
    listCommand(execute),
    watchCommand(execute),
    startCommand(execute),
    notifyCommand(execute),
    notificationsCommand(execute),
    cancelCommand(execute),
    parkedCommand(execute),
    retryCommand(execute),
    failCommand(execute),
    compensateCommand(execute),
    auditCommand(execute),
    definitionsCommand(execute),
    redriveCommand(execute),
    topologyCommand(execute),
  ];
  const root = new Command('conveyor')
    .description('Starts, shows and steers the workflows of a line. Reads AMQP_URL, MONGODB_URL, CONVEYOR_NAMESPACE.')
    .version(VERSION)
    .enablePositionalOptions();
  for (const command of commands) root.addCommand(command);
  for (const command of withSubcommands(root)) {
    const outputError = (text: string, write: (text: string) => void): void => write(wrongUse(text, command));
    command.exitOverride().configureOutput({ ...output, outputError });
  }
  return root;
}

/** What is wrong with a command line, and where it is written what would be right; in one line. */
function wrongUse(text: string, command: Command): string {
  const names: string[] = [];
  for (let one: Command | null = command; one; one = one.parent) names.unshift(one.name());
  const problem = text
    .replace(/^error: /, '')
    .trim()
    .replace(/\s*\n\s*/g, ' ');
  return `conveyor: ${problem}${/[.)]$/.test(problem) ? '' : '.'} See "${names.join(' ')} --help".\n`;
}

const withSubcommands = (command: Command): Command[] => [command, ...command.commands.flatMap(withSubcommands)];
