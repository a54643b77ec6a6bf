// A server that runs as a container, by a compose file with one service. The same promises as a process, kept by the engine.
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './deadline.ts';
import { docker } from './docker.ts';
import { reasonOf } from './errors.ts';
import { withLock } from './lock.ts';
import { isFree } from './ports.ts';
import type { Progress } from './progress.ts';
import type { Server, ServerName, ServerStatus, ServerUrls } from './server.ts';
import { readSettings, type Settings, writeSettings } from './settings.ts';

const READY_WITHIN_MS = 90_000;

/** What makes a container a certain server. */
export interface ContainerRecipe {
  readonly name: ServerName;
  readonly portNames: readonly string[];
  readonly composeFile: string;
  /** What the compose file reads. */
  environment(settings: Settings): Readonly<Record<string, string>>;
  probe(settings: Settings): Promise<string>;
  urls(settings: Settings): ServerUrls;
}

export class ContainerServer implements Server {
  readonly name: ServerName;
  private readonly recipe: ContainerRecipe;
  private readonly root: string;
  private readonly progress: Progress;

  constructor(root: string, recipe: ContainerRecipe, progress: Progress) {
    this.name = recipe.name;
    this.recipe = recipe;
    this.root = root;
    this.progress = progress;
  }

  async up(): Promise<boolean> {
    if (await this.isReady()) return false;
    return await this.locked(async () => {
      if (await this.isReady()) return false;
      await this.settle();
      this.progress(`starting ${this.name} in a container (the first time its image is pulled)`);
      if ((await this.containerState()) === 'paused') await this.compose('unpause');
      await this.compose('up', '--detach');
      await this.waitReady();
      return true;
    });
  }

  async start(): Promise<void> {
    await this.compose('start');
    await this.waitReady();
  }

  async stop(): Promise<void> {
    if (this.settings() !== undefined) await this.compose('stop');
  }

  async kill9(): Promise<void> {
    await this.compose('kill', '--signal', 'SIGKILL');
  }

  async pause(): Promise<void> {
    await this.compose('pause');
  }

  async resume(): Promise<void> {
    await this.compose('unpause');
  }

  async waitReady(): Promise<void> {
    const settings = this.known();
    let reason = '';
    const ask = async () => {
      return await this.recipe.probe(settings).catch((error: unknown) => {
        reason = reasonOf(error);
        return undefined;
      });
    };
    const wait = { what: `${this.name} to be ready`, withinMs: READY_WITHIN_MS, everyMs: 200 };
    await until(ask, wait).catch((error: unknown) => {
      throw new Error(`${reasonOf(error)} (${reason})`, { cause: error });
    });
  }

  async loseData(): Promise<void> {
    await this.locked(async () => {
      await this.compose('down', '--volumes', '--timeout', '0');
      // There is nothing to be started otherwise.
      await this.compose('create');
    });
  }

  async wipe(): Promise<void> {
    await this.locked(async () => {
      if (this.settings() !== undefined) await this.compose('down', '--volumes', '--timeout', '0');
      rmSync(this.directory(), { recursive: true, force: true });
    });
  }

  async status(): Promise<ServerStatus> {
    const settings = this.settings();
    const known = { name: this.name, ports: settings?.ports ?? {}, directory: this.directory() };
    if (settings === undefined) return { ...known, state: 'absent' };
    const state = await this.containerState();
    if (state === 'paused') return { ...known, state };
    if (state !== 'running') return { ...known, state: 'stopped' };
    try {
      return { ...known, state: 'ready', version: await this.recipe.probe(settings) };
    } catch {
      return { ...known, state: 'unready' };
    }
  }

  urls(): ServerUrls | undefined {
    const settings = this.settings();
    return settings === undefined ? undefined : this.recipe.urls(settings);
  }

  private async isReady(): Promise<boolean> {
    return (await this.status()).state === 'ready';
  }

  /** Keeps the known ports unless the container does not run and another program has taken one. */
  private async settle(): Promise<void> {
    const known = this.settings();
    if (known !== undefined) {
      if ((await this.containerState()) !== undefined) return;
      const free = await Promise.all(Object.values(known.ports).map(isFree));
      if (free.every(Boolean)) return;
    }
    await writeSettings(this.settingsFile(), this.recipe.portNames, known?.password);
  }

  /** As the engine names it (running, paused, exited …); undefined when there is no container. */
  private async containerState(): Promise<string | undefined> {
    const id = await this.compose('ps', '--all', '--quiet');
    if (id === '') return undefined;
    return await docker(['inspect', '--format', '{{.State.Status}}', id]);
  }

  private async compose(...args: readonly string[]): Promise<string> {
    // The project's name keeps the containers of two directories apart.
    const project = `conveyor-${createHash('sha256').update(this.root).digest('hex').slice(0, 8)}-${this.name}`;
    const files = ['compose', '--file', this.recipe.composeFile, '--project-name', project];
    return await docker([...files, ...args], this.recipe.environment(this.known()));
  }

  private locked<T>(work: () => Promise<T>): Promise<T> {
    return withLock({ directory: join(this.root, 'locks'), name: this.name, progress: this.progress }, work);
  }

  private directory(): string {
    return join(this.root, this.name);
  }

  private settingsFile(): string {
    return join(this.directory(), 'settings.json');
  }

  private known(): Settings {
    const settings = this.settings();
    if (settings === undefined) throw new Error(`${this.name} is not set up in ${this.directory()}: call up() first`);
    return settings;
  }

  private settings(): Settings | undefined {
    return readSettings(this.settingsFile());
  }
}
