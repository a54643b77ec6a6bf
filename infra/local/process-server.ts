// A server that runs as processes of this machine. What differs between the servers is in their recipes; here is what does
// not: how one is started, healed and ended.
//
// Its states are read from the record and from the probe, never remembered:
//   absent    it has no settings                     → up
//   stopped   its recorded process does not run      → start, up
//   unready   it runs and the probe fails            → waitReady while it starts; up, when it hangs
//   paused    it was stopped by a signal             → resume, up
//   ready     the probe succeeds, and it is this server that answered
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines } from './apt.ts';
import { until } from './deadline.ts';
import { reasonOf } from './errors.ts';
import { withLock } from './lock.ts';
import { isFree } from './ports.ts';
import { isPaused } from './process.ts';
import { type Member, ProcessGroup } from './process-group.ts';
import type { Progress } from './progress.ts';
import type { Server, ServerName, ServerStatus, ServerUrls } from './server.ts';
import { readSettings, type Settings, writeSettings } from './settings.ts';

/**
 * How long things may take. RabbitMQ starts in 6 s on two idle cores; ten times that is a hang, or a hopeless machine. The
 * kernel frees the ports of a killed server a moment after its end.
 */
const PATIENCE = { startMs: 60_000, reviveMs: 30_000, portMs: 3_000 };

/** Where a server keeps its data, in the directory that its recipe is given. */
export const DATA = 'data';

/** What makes processes a certain server. */
export interface Recipe {
  readonly name: ServerName;
  readonly portNames: readonly string[];
  /** Of its processes; the last one is the server itself. */
  readonly roles: readonly [string, ...string[]];
  /** Makes sure that the programs are on this machine. */
  install(): Promise<void>;
  /** Writes the configuration and says what to start, in the order of the roles. */
  prepare(directory: string, settings: Settings): Promise<readonly Member[]>;
  /** Proves that a client can work, and that it is the server of this directory that answers; resolves to its version. */
  probe(directory: string, settings: Settings): Promise<string>;
  urls(settings: Settings): ServerUrls;
}

export class ProcessServer implements Server {
  readonly name: ServerName;
  private readonly recipe: Recipe;
  private readonly directory: string;
  private readonly locks: string;
  private readonly progress: Progress;
  private readonly processes: ProcessGroup;
  private readonly patience: typeof PATIENCE;

  constructor(root: string, recipe: Recipe, progress: Progress, patience = PATIENCE) {
    this.name = recipe.name;
    this.recipe = recipe;
    this.directory = join(root, recipe.name);
    this.locks = join(root, 'locks');
    this.progress = progress;
    this.patience = patience;
    this.processes = new ProcessGroup(this.directory, recipe.roles);
  }

  async up(): Promise<boolean> {
    if (await this.isReady()) return false;
    return await this.locked(async () => {
      if (await this.isReady()) return false;
      await this.recipe.install();
      await this.revive();
      if (this.processes.main() === undefined) {
        await this.settle();
        await this.launch();
      }
      return true;
    });
  }

  async start(): Promise<void> {
    await this.locked(async () => {
      if (this.processes.main() === undefined) await this.launch();
      else await this.waitReady();
    });
  }

  async stop(): Promise<void> {
    await this.locked(async () => await this.processes.end('SIGTERM'));
  }

  async kill9(): Promise<void> {
    await this.processes.killMain();
  }

  async pause(): Promise<void> {
    if (!(await this.processes.pauseMain())) throw new Error(`${this.name} does not run: start it first`);
  }

  async resume(): Promise<void> {
    if (!this.processes.resumeMain()) throw new Error(`${this.name} does not run: start it first`);
  }

  async waitReady(): Promise<void> {
    await this.readyWithin(this.patience.startMs);
  }

  async loseData(): Promise<void> {
    await this.locked(async () => {
      await this.processes.end('SIGKILL');
      rmSync(join(this.directory, DATA), { recursive: true, force: true });
    });
  }

  async wipe(): Promise<void> {
    await this.locked(async () => {
      await this.processes.end('SIGKILL');
      rmSync(this.directory, { recursive: true, force: true });
    });
  }

  async status(): Promise<ServerStatus> {
    const settings = this.settings();
    const known = { name: this.name, ports: settings?.ports ?? {}, directory: this.directory };
    if (settings === undefined) return { ...known, state: 'absent' };
    const main = this.processes.main();
    if (main === undefined) return { ...known, state: 'stopped' };
    if (isPaused(main)) return { ...known, state: 'paused', pid: main.pid };
    try {
      const version = await this.recipe.probe(this.directory, settings);
      return { ...known, state: 'ready', pid: main.pid, version };
    } catch {
      return { ...known, state: 'unready', pid: main.pid };
    }
  }

  urls(): ServerUrls | undefined {
    const settings = this.settings();
    return settings === undefined ? undefined : this.recipe.urls(settings);
  }

  /** Brings back a process that runs and does not answer, or ends it, so that it can be started anew. */
  private async revive(): Promise<void> {
    const main = this.processes.main();
    if (main === undefined) return;
    this.progress(`${this.name} (process ${main.pid}) runs but is not ready: giving it time`);
    this.processes.resumeMain();
    try {
      await this.readyWithin(this.patience.reviveMs);
    } catch (error) {
      this.progress(`${reasonOf(error)}: starting it anew`);
      await this.processes.end('SIGKILL');
    }
  }

  /** Keeps the known ports, unless another program has taken one meanwhile. */
  private async settle(): Promise<void> {
    const known = this.settings();
    await this.processes.end('SIGKILL');
    if (known !== undefined) {
      if ((await this.takenPort(known)) === undefined) return;
      this.progress(`another program has taken a port of ${this.name}: picking new ones`);
    }
    await writeSettings(this.settingsFile(), this.recipe.portNames, known?.password);
  }

  private async launch(): Promise<void> {
    const settings = this.settings();
    if (settings === undefined) throw new Error(`${this.name} is not set up in ${this.directory}: call up() first`);
    const began = performance.now();
    // What a killed server leaned on starts anew with it.
    await this.processes.end('SIGKILL');
    const taken = await this.takenPort(settings);
    if (taken !== undefined)
      throw new Error(`port ${taken} of ${this.name} is taken by another program: end that first`);
    this.progress(`starting ${this.name}`);
    await this.processes.start(await this.recipe.prepare(this.directory, settings));
    await this.readyWithin(this.patience.startMs);
    this.progress(`${this.name} is ready after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  }

  private async takenPort(settings: Settings): Promise<number | undefined> {
    for (const port of Object.values(settings.ports)) {
      const wait = { what: `port ${port} to be free`, withinMs: this.patience.portMs };
      const free = until(async () => (await isFree(port)) || undefined, wait).catch(() => false);
      if (!(await free)) return port;
    }
    return undefined;
  }

  private async readyWithin(withinMs: number): Promise<void> {
    let reason = '';
    const ask = async () => {
      if (this.processes.main() === undefined) throw new Error(`${this.name} does not run${this.lastWords()}`);
      try {
        await this.probe();
        return true;
      } catch (error) {
        reason = reasonOf(error);
        return undefined;
      }
    };
    try {
      await until(ask, { what: `${this.name} to be ready`, withinMs, everyMs: 100 });
    } catch (error) {
      throw reason === '' ? error : new Error(`${reasonOf(error)} (${reason})`, { cause: error });
    }
  }

  private lastWords(): string {
    const log = join(this.directory, `${this.recipe.roles.at(-1) ?? this.name}.log`);
    return `. The last lines of ${log}:\n${lastLines(log)}`;
  }

  private async isReady(): Promise<boolean> {
    const main = this.processes.main();
    if (main === undefined || isPaused(main)) return false;
    return await this.probe().then(
      () => true,
      () => false,
    );
  }

  private async probe(): Promise<void> {
    const settings = this.settings();
    if (settings === undefined) throw new Error(`${this.name} is not set up in ${this.directory}`);
    await this.recipe.probe(this.directory, settings);
  }

  private locked<T>(work: () => Promise<T>): Promise<T> {
    return withLock({ directory: this.locks, name: this.name, progress: this.progress }, work);
  }

  private settingsFile(): string {
    return join(this.directory, 'settings.json');
  }

  private settings(): Settings | undefined {
    return readSettings(this.settingsFile());
  }
}
