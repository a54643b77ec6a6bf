import { SystemClock, SystemRandom } from '../../shared/runtime/clock.ts';
import { silentLog } from '../../shared/runtime/log.ts';
import { connectBroker, connectJournal } from '../../shared/wiring/connections.ts';
import { runCli } from './cli.ts';
import type { Platform, Screen } from './platform.ts';

/** Somebody waits at the prompt: a server that has not answered by then is reported. */
const PATIENCE_MS = 3_000;

const clock = new SystemClock();
const random = new SystemRandom();

const screen = (stream: NodeJS.WriteStream): Screen => ({
  write: (text) => void stream.write(text),
  isTerminal: stream.isTTY && !process.env['NO_COLOR'],
});

const interrupt = new AbortController();

const platform: Platform = {
  environment: process.env,
  clock,
  random,
  out: screen(process.stdout),
  err: screen(process.stderr),
  // Once: a second Ctrl-C ends the process at once, as ever.
  get interrupted() {
    process.once('SIGINT', () => interrupt.abort());
    return interrupt.signal;
  },
  connectJournal: (config) => connectJournal({ config, clock }),
  connectBroker: (config) =>
    connectBroker({
      config,
      clock,
      random,
      log: silentLog,
      program: 'cli',
      deadlines: { connectMs: PATIENCE_MS, openMs: PATIENCE_MS, publishMs: PATIENCE_MS, operationMs: PATIENCE_MS },
    }),
};

// `conveyor list | head` closes the pipe when it has seen enough: that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await runCli(process.argv.slice(2), platform);
