// A process id alone names nobody for long: ids are given out again. A process is the pair of its id and the moment it
// started; nothing here signals an id whose start no longer matches the record.
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { until } from './deadline.ts';

const identity = z.object({ pid: z.number().int().positive(), started: z.string() });
export type ProcessIdentity = z.infer<typeof identity>;

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly logFile: string;
}

interface Observed {
  readonly state: string;
  readonly started: string;
  readonly threads: number;
}

/** Starts a process that outlives this one, in a process group of its own, so that no Ctrl-C of ours reaches it. */
export function startDetached(command: Command, recordFile: string): ProcessIdentity {
  const log = openSync(command.logFile, 'a');
  try {
    const child = spawn(command.file, command.args, {
      cwd: command.directory,
      env: command.env,
      detached: true,
      stdio: ['ignore', log, log],
    });
    // A program that cannot be executed is reported as an event; that it never runs is what the caller finds out.
    child.on('error', () => undefined);
    child.unref();
    if (child.pid === undefined) throw new Error(`${command.file} could not be executed: is it installed?`);
    const started = { pid: child.pid, started: observe(child.pid)?.started ?? 'ended at once' };
    // In the same turn as the start: nothing may come between a process and its record.
    writeFileSync(recordFile, JSON.stringify(started));
    return started;
  } finally {
    closeSync(log);
  }
}

/** The recorded process, whether or not it still runs. A record that cannot be read counts as none. */
export function recordedProcess(recordFile: string): ProcessIdentity | undefined {
  try {
    return identity.parse(JSON.parse(readFileSync(recordFile, 'utf8')));
  } catch {
    return undefined;
  }
}

export function forgetProcess(recordFile: string): void {
  rmSync(recordFile, { force: true });
}

export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, started: observe(process.pid)?.started ?? 'unknown' };
}

/** Whether exactly this process runs. A zombie does not run, although it still answers signals. */
export function isRunning(who: ProcessIdentity): boolean {
  return stateOf(who) !== undefined;
}

/** Whether it runs and was stopped by SIGSTOP. */
export function isPaused(who: ProcessIdentity): boolean {
  return stateOf(who) === 'T';
}

/** Signals the process if it still is the one that was recorded; returns whether it was. */
export function signal(who: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (!isRunning(who)) return false;
  try {
    return process.kill(who.pid, name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/** Resolves when the process no longer runs. */
export async function ended(who: ProcessIdentity, withinMs: number): Promise<void> {
  await until(() => (isRunning(who) ? undefined : true), {
    what: `process ${who.pid} to end`,
    withinMs,
    everyMs: 20,
  });
}

function stateOf(who: ProcessIdentity): string | undefined {
  const seen = observe(who.pid);
  if (seen === undefined || seen.started !== who.started) return undefined;
  // While the other threads of a killed program still end, its sockets and file locks are held.
  const gone = seen.state === 'X' || (seen.state === 'Z' && seen.threads <= 1);
  return gone ? undefined : seen.state;
}

function observe(pid: number): Observed | undefined {
  return process.platform === 'linux' ? observeInProc(pid) : observeWithPs(pid);
}

function observeInProc(pid: number): Observed | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command's name in parentheses and may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // Start times count from the boot, so they mean something only together with it.
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return { state: fields[0] ?? '?', started: `${boot}/${fields[19] ?? '?'}`, threads: Number(fields[17]) };
  } catch {
    return undefined;
  }
}

function observeWithPs(pid: number): Observed | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    const [state = '?', ...started] = line.split(/\s+/);
    return { state: state.slice(0, 1), started: started.join(' '), threads: 1 };
  } catch {
    return undefined;
  }
}
