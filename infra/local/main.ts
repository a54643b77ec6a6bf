// npm run servers -- up|down|status|env|wipe

import { reasonOf } from './errors.ts';
import {
  ensureServers,
  foreignServers,
  type RunningServers,
  type ServerStatus,
  sharedDirectory,
  sharedServers,
} from './servers.ts';

const USAGE = `usage: npm run servers -- <command>

  up       RabbitMQ and MongoDB installed, running and ready; at once when they are
  down     both stopped; the data stays
  status   what runs, where, in which version (--json for programs); fails when one is not ready
  env      AMQP_URL, MONGODB_URL and RABBITMQ_MANAGEMENT_URL as export lines: eval "$(npm run --silent servers -- env)"
  wipe     both stopped, data and downloads deleted

AMQP_URL and MONGODB_URL in the environment name servers to use instead: nothing is started then.
CONVEYOR_LOCAL_DIR is where the servers live (default: .local in the working copy).
`;

async function up(): Promise<number> {
  const began = performance.now();
  const running = await ensureServers();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const how = running.startedByUs ? `up after ${seconds} s` : 'up already';
  process.stderr.write(`servers: ${how}\n`);
  printEnvironment(running);
  return 0;
}

async function status(json: boolean): Promise<number> {
  const existing = foreignServers();
  if (existing !== undefined) {
    process.stderr.write('servers: AMQP_URL and MONGODB_URL name the servers; the state of local ones follows\n');
  }
  const servers = sharedServers();
  const states = await servers.status();
  if (json) process.stdout.write(`${JSON.stringify({ kind: servers.kind(), servers: states })}\n`);
  else for (const state of states) process.stdout.write(`${describe(state)}\n`);
  return states.every(({ state }) => state === 'ready') ? 0 : 1;
}

async function env(): Promise<number> {
  const existing = foreignServers();
  if (existing !== undefined) return printEnvironment(existing);
  const servers = sharedServers();
  const urls = servers.urls();
  const states = await servers.status();
  if (urls !== undefined && states.every(({ state }) => state === 'ready')) return printEnvironment(urls);
  process.stderr.write('servers: not up; run "npm run servers -- up" first\n');
  return 1;
}

function printEnvironment(urls: Omit<RunningServers, 'startedByUs'>): number {
  const variables = {
    AMQP_URL: urls.amqpUrl,
    MONGODB_URL: urls.mongodbUrl,
    RABBITMQ_MANAGEMENT_URL: urls.managementUrl,
  };
  for (const [name, value] of Object.entries(variables)) {
    if (value !== undefined) process.stdout.write(`export ${name}='${value.replaceAll("'", `'\\''`)}'\n`);
  }
  return 0;
}

function describe({ name, state, version, pid, ports, directory }: ServerStatus): string {
  const facts = [
    ...(version === undefined ? [] : [version]),
    ...(pid === undefined ? [] : [`process ${pid}`]),
    ...Object.entries(ports).map(([use, port]) => `${use} ${port}`),
    ...(state === 'absent' ? [] : [directory]),
  ];
  return `${name.padEnd(9)} ${state.padEnd(8)} ${facts.join(' · ')}`.trimEnd();
}

async function run(command: string | undefined, options: readonly string[]): Promise<number> {
  switch (command) {
    case 'up':
      return await up();
    case 'down':
      await sharedServers().down();
      return 0;
    case 'status':
      return await status(options.includes('--json'));
    case 'env':
      return await env();
    case 'wipe':
      await sharedServers().wipe();
      process.stderr.write(`servers: nothing of them is left in ${sharedDirectory()}\n`);
      return 0;
    default:
      process.stderr.write(USAGE);
      return command === undefined || command === '--help' || command === 'help' ? 0 : 2;
  }
}

const [command, ...options] = process.argv.slice(2);
try {
  process.exitCode = await run(command, options);
} catch (error) {
  process.stderr.write(`servers: ${reasonOf(error)}\n`);
  process.exitCode = 1;
}
