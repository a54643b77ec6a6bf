// The services of docker-compose.yml as plain processes: the same command lines, in the order of its depends_on.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Exit, runProgram, ServiceProcess } from './processes.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** Stands in for the image's working directory. Inside the repository, so that programs find its packages. */
const IMAGE = path.join(ROOT, '.local/production-shape');

const serviceSchema = z.looseObject({
  build: z.unknown().optional(),
  command: z.tuple([z.string()], z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
});
type Service = z.infer<typeof serviceSchema>;

/** What `npm run build` makes in the image. */
export function buildImage(): void {
  const compiler = path.join(ROOT, 'node_modules/typescript/bin/tsc');
  const args = [compiler, '-p', path.join(ROOT, 'tsconfig.build.json'), '--outDir', path.join(IMAGE, 'dist')];
  execFileSync(process.execPath, args, { stdio: ['ignore', 2, 2] });
}

export class ComposeLine {
  readonly #services: ReadonlyMap<string, Service>;
  readonly #env: Readonly<Record<string, string>>;
  readonly #begun = new Map<string, Promise<void>>();
  readonly #processes: { readonly name: string; readonly process: ServiceProcess }[] = [];
  #downstreamPort = 0;

  /** @param env where the servers are, and the namespace: what differs from compose's own */
  constructor(env: Readonly<Record<string, string>>) {
    const text = readFileSync(path.join(ROOT, 'docker-compose.yml'), 'utf8');
    const file = z.object({ services: z.record(z.string(), serviceSchema) }).parse(parse(text, { merge: true }));
    // The servers are there already; what is not ours is not of this line.
    this.#services = new Map(Object.entries(file.services).filter(([, { build }]) => build !== undefined));
    this.#env = env;
  }

  get names(): readonly string[] {
    return [...this.#services.keys()];
  }

  /** Everything, each when what it depends on is healthy or has completed. */
  async up(): Promise<void> {
    await Promise.all(this.names.map((name) => this.#begin(name)));
  }

  /** One more process of a service. */
  async scale(name: string): Promise<void> {
    await this.#start(name, this.#service(name));
  }

  /** `docker compose run --rm setup …` */
  run(command: readonly [string, ...string[]]): Promise<Exit & { stdout: string; stderr: string }> {
    return this.#run('setup', this.#service('setup'), command);
  }

  /** SIGTERM to each, the dependent before what it depends on. */
  async down(): Promise<readonly { name: string; exit: Exit }[]> {
    const ended: { name: string; exit: Exit }[] = [];
    for (const { name, process } of this.#processes.splice(0).reverse()) {
      ended.push({ name, exit: await process.stop() });
    }
    return ended;
  }

  #begin(name: string): Promise<void> {
    const begun = this.#begun.get(name) ?? this.#beginOnce(name, this.#service(name));
    this.#begun.set(name, begun);
    return begun;
  }

  async #beginOnce(name: string, service: Service): Promise<void> {
    const before = Object.keys(service.depends_on).filter((other) => this.#services.has(other));
    await Promise.all(before.map((other) => this.#begin(other)));
    if (name !== 'setup') return this.#start(name, service);
    const { code, stdout, stderr } = await this.#run(name, service, commandOf(service));
    if (code !== 0) throw new Error(`setup ended with ${code}:\n${stdout}${stderr}`);
  }

  async #start(name: string, service: Service): Promise<void> {
    const process = new ServiceProcess({
      program: name,
      command: commandOf(service),
      cwd: IMAGE,
      env: this.#envOf(service),
    });
    this.#processes.push({ name, process });
    await process.start();
    if (name === 'downstream') this.#downstreamPort = z.number().parse((await process.waitForLine('ready'))['port']);
  }

  #run(name: string, service: Service, command: readonly [string, ...string[]]) {
    return runProgram({ program: name, command, cwd: IMAGE, env: this.#envOf(service) });
  }

  #service(name: string): Service {
    const service = this.#services.get(name);
    if (!service) throw new Error(`docker-compose.yml has no service ${name} of ours`);
    return service;
  }

  /** As compose sets it, except for addresses: all processes share one host, so none has a port of its own choice. */
  #envOf({ environment }: Service): Record<string, string> {
    const interpolated = Object.entries(environment).map(([name, value]) => [
      name,
      value.replace(/\$\{\w+:-([^}]*)\}/g, '$1'),
    ]);
    const given = Object.fromEntries(interpolated) as Record<string, string>; // pairs of strings, as they were
    const here = {
      // `node` is the one that runs these tests.
      PATH: `${path.dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
      METRICS_PORT: '0',
      ...('DOWNSTREAM_PORT' in given ? { DOWNSTREAM_HOST: '127.0.0.1', DOWNSTREAM_PORT: '0' } : {}),
      ...('DOWNSTREAM_URL' in given ? { DOWNSTREAM_URL: `http://127.0.0.1:${this.#downstreamPort}` } : {}),
    };
    return { ...given, ...here, ...this.#env };
  }
}

function commandOf({ command }: Service): readonly [string, ...string[]] {
  if (!command) throw new Error('a service of ours names its command');
  return command;
}
