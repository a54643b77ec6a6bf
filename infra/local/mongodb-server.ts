// A real mongod as a replica set of one node: on a standalone server retryable writes are silently not retried.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureMongod } from './mongod-binary.ts';
import { probeMongodb } from './mongodb-probe.ts';
import { DATA, type Recipe } from './process-server.ts';
import type { Progress } from './progress.ts';
import { portOf, type Settings } from './settings.ts';

export const REPLICA_SET = 'conveyor';

/** How MongoDB is installed, configured, started and proven ready. */
export function mongodbRecipe(packages: string, progress: Progress): Recipe {
  return {
    name: 'mongodb',
    portNames: ['mongodb'],
    roles: ['mongod'],
    async install() {
      mkdirSync(packages, { recursive: true });
      await ensureMongod(packages, progress);
    },
    async prepare(directory, settings) {
      mkdirSync(join(directory, DATA), { recursive: true });
      const command = {
        file: await ensureMongod(packages, progress),
        args: flags(directory, settings),
        env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: directory, LC_ALL: 'C' },
        directory,
        logFile: join(directory, 'mongod.log'),
      };
      return [{ role: 'mongod', command }];
    },
    async probe(directory, settings) {
      const host = `127.0.0.1:${portOf(settings, 'mongodb')}`;
      return await probeMongodb({ dataDirectory: join(directory, DATA), replicaSet: REPLICA_SET, host });
    },
    urls: mongodbUrls,
  };
}

export function mongodbUrls(settings: Settings) {
  return { url: `mongodb://127.0.0.1:${portOf(settings, 'mongodb')}/?replicaSet=${REPLICA_SET}` };
}

function flags(directory: string, settings: Settings): string[] {
  const options = {
    '--dbpath': join(directory, DATA),
    '--port': String(portOf(settings, 'mongodb')),
    '--bind_ip': '127.0.0.1',
    '--replSet': REPLICA_SET,
    '--oplogSize': '128',
    '--wiredTigerCacheSizeGB': '0.5',
  };
  const parameters = [
    'diagnosticDataCollectionEnabled=false',
    // With the default of 15 s every clean stop would wait for an election that nobody else can win.
    'shutdownTimeoutMillisForSignaledShutdown=100',
  ];
  return [
    ...Object.entries(options).flat(),
    ...parameters.flatMap((parameter) => ['--setParameter', parameter]),
    '--nounixsocket',
  ];
}
