// The servers of this working copy, which everything in it shares: tests, the benchmark, whoever develops. What must not
// disturb others, or must leave nothing behind, makes a LocalServers of its own in a directory of its own.
import { resolve } from 'node:path';
import { reasonOf, ServersUnavailable } from './errors.ts';
import { LocalServers, type LocalServersOptions, type RunningServers } from './local-servers.ts';
import { probeForeignMongodb } from './mongodb-probe.ts';
import { probeRabbitmq } from './rabbitmq-probe.ts';

export { LocalServers, type LocalServersOptions, type RunningServers } from './local-servers.ts';
export type { ServerName, ServerStatus } from './server.ts';

const REPOSITORY = resolve(import.meta.dirname, '../..');

/** Where the shared servers and the downloaded programs live: CONVEYOR_LOCAL_DIR, or .local in the working copy. */
export function sharedDirectory(): string {
  return resolve(process.env['CONVEYOR_LOCAL_DIR'] ?? resolve(REPOSITORY, '.local'));
}

export function sharedServers(options: LocalServersOptions = {}): LocalServers {
  return new LocalServers(sharedDirectory(), options);
}

/** Servers of one's own in another directory; programs are taken from, and downloaded to, the shared one. */
export function isolatedServers(directory: string, options: LocalServersOptions = {}): LocalServers {
  return new LocalServers(directory, { packages: resolve(sharedDirectory(), 'packages'), ...options });
}

/**
 * RabbitMQ and MongoDB, ready for clients: those that AMQP_URL and MONGODB_URL name, or the shared ones, which are
 * installed and started where they are not. They go on running afterwards.
 */
export async function ensureServers(options: LocalServersOptions = {}): Promise<RunningServers> {
  const existing = foreignServers();
  if (existing === undefined) return await sharedServers(options).up();
  await verifyExisting(existing);
  return { ...existing, startedByUs: false };
}

/** The servers that the environment names, or undefined when it names none. */
export function existingServers(): Omit<RunningServers, 'startedByUs'> | undefined {
  const { AMQP_URL: amqpUrl, MONGODB_URL: mongodbUrl, RABBITMQ_MANAGEMENT_URL: managementUrl } = process.env;
  if (!amqpUrl && !mongodbUrl) return undefined;
  if (!amqpUrl || !mongodbUrl) {
    const [set, missing] = amqpUrl ? ['AMQP_URL', 'MONGODB_URL'] : ['MONGODB_URL', 'AMQP_URL'];
    throw new ServersUnavailable(`${set} is set and ${missing} is not: set both to use existing servers, or neither`);
  }
  return managementUrl ? { amqpUrl, mongodbUrl, managementUrl } : { amqpUrl, mongodbUrl };
}

/** The same, but not when they are the shared ones, whose addresses a shell may have from "servers env": those are ours. */
export function foreignServers(): Omit<RunningServers, 'startedByUs'> | undefined {
  const existing = existingServers();
  const shared = sharedServers().urls();
  const same = existing?.amqpUrl === shared?.amqpUrl && existing?.mongodbUrl === shared?.mongodbUrl;
  return same ? undefined : existing;
}

async function verifyExisting(existing: Omit<RunningServers, 'startedByUs'>): Promise<void> {
  // One after the other, so that nothing is still dialling when the first refusal is reported.
  await probeRabbitmq(existing.amqpUrl, { declare: false }).catch(refuse('RabbitMQ', 'AMQP_URL'));
  await probeForeignMongodb(existing.mongodbUrl).catch(refuse('MongoDB', 'MONGODB_URL'));
}

// The URL itself is not repeated: it may carry a password.
function refuse(server: string, variable: string) {
  return (error: unknown): never => {
    throw new ServersUnavailable(
      `the ${server} that ${variable} names cannot be used: ${reasonOf(error)}. Correct ${variable}, or unset both variables to have servers set up.`,
      { cause: error },
    );
  };
}
