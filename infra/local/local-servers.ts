// RabbitMQ and MongoDB in one directory: two instances in two directories have nothing to do with each other.
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { whyNoApt } from './apt.ts';
import { mongodbContainer, rabbitmqContainer } from './compose.ts';
import { ContainerServer } from './container-server.ts';
import { whyNoDocker } from './docker.ts';
import { ServersUnavailable, USE_EXISTING_SERVERS } from './errors.ts';
import { whyNoMongod } from './mongod-binary.ts';
import { mongodbRecipe } from './mongodb-server.ts';
import { ProcessServer } from './process-server.ts';
import { type Progress, stderrProgress } from './progress.ts';
import { rabbitmqIsInstalled, rabbitmqRecipe } from './rabbitmq-server.ts';
import type { Server, ServerName, ServerStatus } from './server.ts';

/** Containers where a Docker engine answers, processes of this machine elsewhere. */
export type ServersKind = 'containers' | 'processes';

export interface LocalServersOptions {
  /** Where downloaded programs are kept; by default in the directory itself. Instances may share it. */
  readonly packages?: string;
  readonly progress?: Progress;
}

export interface RunningServers {
  readonly amqpUrl: string;
  readonly mongodbUrl: string;
  /** RabbitMQ's management API, with credentials. */
  readonly managementUrl?: string;
  /** Whether this call had to start or heal one of them. */
  readonly startedByUs: boolean;
}

export class LocalServers {
  readonly directory: string;
  private readonly packages: string;
  private readonly progress: Progress;

  constructor(directory: string, options: LocalServersOptions = {}) {
    this.directory = resolve(directory);
    this.packages = resolve(options.packages ?? join(this.directory, 'packages'));
    this.progress = options.progress ?? stderrProgress;
  }

  /** Both servers installed, running and ready. Quick when they are. Throws ServersUnavailable where there is no way. */
  async up(): Promise<RunningServers> {
    const kind = this.kind() ?? (await this.chooseKind());
    const both = this.both(kind);
    const acted = await Promise.all(both.map(async (server) => await server.up()));
    return this.running(acted.some(Boolean));
  }

  /** Ends both, cleanly. The data stays for the next `up`. */
  async down(): Promise<void> {
    await Promise.all(this.known().map(async (server) => await server.stop()));
  }

  /** Ends both at once and deletes everything that they and `up` put into the directory. */
  async wipe(): Promise<void> {
    await Promise.all(this.known().map(async (server) => await server.wipe()));
    rmSync(this.kindFile(), { force: true });
    if (this.packages.startsWith(`${this.directory}/`)) rmSync(this.packages, { recursive: true, force: true });
    for (const empty of [join(this.directory, 'locks'), this.directory]) removeIfEmpty(empty);
  }

  /** What runs, and what never did. */
  async status(): Promise<readonly ServerStatus[]> {
    return await Promise.all(this.both(this.kind() ?? 'processes').map(async (server) => await server.status()));
  }

  /** The URLs of servers that were set up here, running or not; undefined when they never were. */
  urls(): Omit<RunningServers, 'startedByUs'> | undefined {
    const kind = this.kind();
    if (kind === undefined) return undefined;
    const [rabbitmq, mongodb] = this.both(kind).map((server) => server.urls());
    if (rabbitmq === undefined || mongodb === undefined) return undefined;
    const { managementUrl } = rabbitmq;
    const urls = { amqpUrl: rabbitmq.url, mongodbUrl: mongodb.url };
    return managementUrl === undefined ? urls : { ...urls, managementUrl };
  }

  /** Running and ready again, at the same address; needs a former `up`. */
  async start(name: ServerName): Promise<void> {
    await this.server(name).start();
  }

  async stop(name: ServerName): Promise<void> {
    await this.server(name).stop();
  }

  async kill9(name: ServerName): Promise<void> {
    await this.server(name).kill9();
  }

  /** Ended at once, and its data gone; `start` begins it empty, at the same address. */
  async loseData(name: ServerName): Promise<void> {
    await this.server(name).loseData();
  }

  async pause(name: ServerName): Promise<void> {
    await this.server(name).pause();
  }

  async resume(name: ServerName): Promise<void> {
    await this.server(name).resume();
  }

  async waitReady(name: ServerName): Promise<void> {
    await this.server(name).waitReady();
  }

  /** How the servers of this directory were set up; undefined before the first `up`. */
  kind(): ServersKind | undefined {
    if (!existsSync(this.kindFile())) return undefined;
    return readFileSync(this.kindFile(), 'utf8').trim() === 'containers' ? 'containers' : 'processes';
  }

  // Chosen once and kept: servers that were set up in one way are not found in the other.
  private async chooseKind(): Promise<ServersKind> {
    const noDocker = await whyNoDocker();
    const noProcesses = noDocker === undefined ? undefined : await this.whyNoProcesses();
    if (noDocker !== undefined && noProcesses !== undefined) {
      throw new ServersUnavailable(
        `RabbitMQ and MongoDB cannot be set up on this machine: ${noDocker}, and ${noProcesses}. ${USE_EXISTING_SERVERS}`,
      );
    }
    const kind = noDocker === undefined ? 'containers' : 'processes';
    mkdirSync(this.directory, { recursive: true });
    writeFileSync(this.kindFile(), `${kind}\n`);
    return kind;
  }

  private async whyNoProcesses(): Promise<string | undefined> {
    const noMongod = whyNoMongod();
    if (noMongod !== undefined) return noMongod;
    // mongod is downloaded, for which nobody need be root.
    return rabbitmqIsInstalled() ? undefined : await whyNoApt();
  }

  private both(kind: ServersKind): readonly [Server, Server] {
    if (kind === 'containers') {
      return [
        new ContainerServer(this.directory, rabbitmqContainer, this.progress),
        new ContainerServer(this.directory, mongodbContainer, this.progress),
      ];
    }
    return [
      new ProcessServer(this.directory, rabbitmqRecipe(this.packages, this.progress), this.progress),
      new ProcessServer(this.directory, mongodbRecipe(this.packages, this.progress), this.progress),
    ];
  }

  private known(): readonly Server[] {
    const kind = this.kind();
    return kind === undefined ? [] : this.both(kind);
  }

  private server(name: ServerName): Server {
    const found = this.known().find((server) => server.name === name);
    if (found === undefined) throw new Error(`no servers were set up in ${this.directory}: call up() first`);
    return found;
  }

  private running(startedByUs: boolean): RunningServers {
    const urls = this.urls();
    if (urls === undefined) throw new Error(`the servers in ${this.directory} were wiped while they came up: repeat`);
    return { ...urls, startedByUs };
  }

  private kindFile(): string {
    return join(this.directory, 'kind');
  }
}

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // Not empty, or gone already: what is in it is not ours to delete.
  }
}
