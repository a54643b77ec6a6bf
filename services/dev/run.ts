import type { Clock, Random } from '../../shared/core/clock.ts';
import type { Log } from '../../shared/runtime/log.ts';
import { demonstrate } from './demonstration.ts';
import type { DevLine } from './dev-line.ts';
import type { StartOptions } from './options.ts';
import { isClean, renderReport, renderStopped } from './report.ts';
import type { Output, View } from './view.ts';

export interface RunOptions {
  readonly line: DevLine;
  readonly options: StartOptions;
  readonly view: View;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly output: Output;
}

/**
 * The whole of `npm start`, whichever line it runs on. Ctrl-C or SIGTERM is a clean stop at any time; a second one ends the
 * process at once, and what it has started ends by itself.
 * @returns the exit code: 0 when the audit is clean or the run was stopped, 1 otherwise
 */
export async function runDevLine(run: RunOptions): Promise<number> {
  const { line, view, output } = run;
  const stop = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stop.signal.aborted) process.exit(1);
    stop.abort(signal);
    if (!line.started) void line.stop(); // overtakes the start
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    await line.start();
    return stop.signal.aborted ? stoppedEarly(output) : await place(run, stop.signal);
  } catch (error) {
    view.end();
    if (stop.signal.aborted && !line.started) return stoppedEarly(output);
    output.write(`\nThe line failed: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  } finally {
    await line.stop();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

function stoppedEarly(output: Output): number {
  output.write('\nStopped before the line was up.\n');
  return 0;
}

async function place(
  { line, options, view, clock, random, log, output }: RunOptions,
  stop: AbortSignal,
): Promise<number> {
  const outcome = await demonstrate({
    line,
    view,
    clock,
    random,
    log,
    stop,
    orders: { seed: options.seed, count: options.orders },
  });
  if (outcome.kind === 'stopped') {
    output.write(`\n${renderStopped(outcome.ends, options.orders)}\n`);
    return 0;
  }
  output.write(`\n${renderReport(outcome.findings)}\n`);
  if (options.stay) await stay(line, output, stop);
  return isClean(outcome.findings) ? 0 : 1;
}

/** Until Ctrl-C, or until the line breaks. */
async function stay(line: DevLine, output: Output, stop: AbortSignal): Promise<void> {
  const addresses = line.addresses().map(([name, address]) => `  ${name.padEnd(20)}${address}`);
  output.write(['', 'The line stays up; Ctrl-C stops it.', ...addresses, ''].join('\n'));
  await Promise.race([stop, line.broken].map((signal) => aborted(signal)));
  line.broken.throwIfAborted();
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
