// RabbitMQ from the distribution's package, with everything that it writes under one directory, on ports of its own.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installPackages } from './apt.ts';
import { DATA, type Recipe } from './process-server.ts';
import type { Progress } from './progress.ts';
import { probeRabbitmq } from './rabbitmq-probe.ts';
import { portOf, type Settings } from './settings.ts';

// Not the one in /usr/sbin, which changes the user and the directory.
const PROGRAM = '/usr/lib/rabbitmq/bin/rabbitmq-server';
/** What the line asks of any RabbitMQ. */
const ADVANCED_CONFIG = join(import.meta.dirname, '../rabbitmq/advanced.config');
export const RABBITMQ_USER = 'conveyor';

export function rabbitmqIsInstalled(): boolean {
  return existsSync(PROGRAM);
}

/** How RabbitMQ is installed, configured, started and proven ready. */
export function rabbitmqRecipe(packages: string, progress: Progress): Recipe {
  return {
    name: 'rabbitmq',
    portNames: ['amqp', 'management', 'prometheus', 'distribution', 'epmd'],
    // Without an epmd of our own, the node starts one as a daemon that nobody ends.
    roles: ['epmd', 'beam'],
    async install() {
      if (rabbitmqIsInstalled()) return;
      mkdirSync(packages, { recursive: true });
      progress('installing rabbitmq-server with apt (once)');
      await installPackages(['rabbitmq-server'], join(packages, 'install.log'));
    },
    async prepare(directory, settings) {
      writeConfiguration(directory, settings);
      const env = environment(directory, settings);
      const port = portOf(settings, 'epmd');
      const epmd = { file: 'epmd', args: ['-port', String(port), '-address', '127.0.0.1'], env, directory };
      return [
        // The node would start a daemon if it came before this one listens.
        { role: 'epmd', command: { ...epmd, logFile: join(directory, 'epmd.log') }, listensOn: port },
        { role: 'beam', command: { file: PROGRAM, args: [], env, directory, logFile: join(directory, 'beam.log') } },
      ];
    },
    async probe(_directory, settings) {
      // The password was made for this server: whoever accepts it is this server.
      return await probeRabbitmq(rabbitmqUrls(settings).url, { declare: true });
    },
    urls: rabbitmqUrls,
  };
}

export function rabbitmqUrls(settings: Settings) {
  const host = (port: string) => `${RABBITMQ_USER}:${settings.password}@127.0.0.1:${portOf(settings, port)}`;
  return { url: `amqp://${host('amqp')}`, managementUrl: `http://${host('management')}` };
}

function environment(directory: string, settings: Settings): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    LC_ALL: 'C.UTF-8',
    // Here is the cookie that the node makes for itself.
    HOME: directory,
    ERL_EPMD_PORT: String(portOf(settings, 'epmd')),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    // The start script then becomes the server instead of its parent, so that the recorded process is the server.
    RUNNING_UNDER_SYSTEMD: 'true',
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_NODENAME: 'conveyor@localhost',
    RABBITMQ_DIST_PORT: String(portOf(settings, 'distribution')),
    RABBITMQ_CONFIG_FILE: join(directory, 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: ADVANCED_CONFIG,
    RABBITMQ_ENABLED_PLUGINS_FILE: join(directory, 'enabled_plugins'),
    RABBITMQ_MNESIA_BASE: join(directory, DATA),
    RABBITMQ_LOG_BASE: join(directory, 'log'),
    RABBITMQ_PID_FILE: join(directory, 'pid'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(directory, 'generated'),
    RABBITMQ_SCHEMA_DIR: join(directory, 'schema'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
  };
}

function writeConfiguration(directory: string, settings: Settings): void {
  for (const folder of [DATA, 'log', 'generated', 'schema']) mkdirSync(join(directory, folder), { recursive: true });
  writeFileSync(join(directory, 'enabled_plugins'), '[rabbitmq_management,rabbitmq_prometheus].\n');
  const lines = [
    `listeners.tcp.1 = 127.0.0.1:${portOf(settings, 'amqp')}`,
    'management.tcp.ip = 127.0.0.1',
    `management.tcp.port = ${portOf(settings, 'management')}`,
    'prometheus.tcp.ip = 127.0.0.1',
    `prometheus.tcp.port = ${portOf(settings, 'prometheus')}`,
    `default_user = ${RABBITMQ_USER}`,
    `default_pass = ${settings.password}`,
    // Alarms that fit a laptop rather than a server of its own.
    'vm_memory_high_watermark.absolute = 1GB',
    'disk_free_limit.absolute = 500MB',
  ];
  writeFileSync(join(directory, 'rabbitmq.conf'), `${lines.join('\n')}\n`, { mode: 0o600 });
}
