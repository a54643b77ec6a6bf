import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** The kernel counts CPU time in these, per second. */
const TICKS_PER_SECOND = 100;

/** The environment of a service under measurement: as it is deployed, on a line of its own, with a port for its metrics that is free. */
export const serviceEnv = (
  { amqpUrl, mongodbUrl }: { readonly amqpUrl: string; readonly mongodbUrl: string },
  namespace: string,
) => ({
  AMQP_URL: amqpUrl,
  MONGODB_URL: mongodbUrl,
  CONVEYOR_NAMESPACE: namespace,
  LOG_LEVEL: 'info',
  METRICS_PORT: '0',
});

/** A process of a line under measurement. */
export class MeasuredProcess {
  readonly name: string;
  /** Where it serves its metrics. */
  readonly statusPort: number | undefined;
  readonly #child: ChildProcess;
  #isStopping = false;

  private constructor(name: string, child: ChildProcess, statusPort: number | undefined) {
    this.name = name;
    this.statusPort = statusPort;
    this.#child = child;
  }

  /** Resolves when it has printed a line that contains `ready`. */
  static async start(
    name: string,
    file: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv,
  ): Promise<MeasuredProcess> {
    const child = spawn(process.execPath, [file, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const statusPort = await new Promise<number | undefined>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`${name} ended with exit code ${code} before it was ready`)));
      child.stdout?.on('data', (chunk: Buffer) => {
        const text = chunk.toString('utf8');
        const port = /"statusPort":(\d+)/.exec(text)?.[1];
        if (text.includes('ready')) resolve(port === undefined ? undefined : Number(port));
      });
    });
    const measured = new MeasuredProcess(name, child, statusPort);
    child.removeAllListeners('exit').once('exit', (code) => measured.#exited(code));
    return measured;
  }

  /** A line that is gone answers nothing: whoever waits for it would wait for ever. */
  #exited(code: number | null): void {
    if (!this.#isStopping) throw new Error(`${this.name} ended with exit code ${code} while it was measured`);
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.name} was not started`);
    return this.#child.pid;
  }

  /** The sum of what a pattern's first group finds in the process's metrics. */
  async metric(pattern: RegExp): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.statusPort}/metrics`)).text();
    return [...text.matchAll(new RegExp(pattern, 'gm'))].reduce((sum, [, value]) => sum + Number(value), 0);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
  }
}

/** CPU time that a process has used so far, seconds; its children's are not in it. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Resident memory of a process, MiB. */
export function residentMiB(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? 0) / 1024;
}
