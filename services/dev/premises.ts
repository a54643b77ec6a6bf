import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureServers, existingServers, isolatedServers } from '../../infra/local/servers.ts';
import { ladderTopology } from '../../shared/contract/delay-ladder.ts';
import { lineTopology, stationTopology, type Topology } from '../../shared/contract/topology.ts';
import { removeTraces, withDatabase } from '../../shared/wiring/traces.ts';
import type { BuiltPrograms } from './build.ts';

/** How to leave the machine as it was found; plain data, so that another process can do it when this one died. */
export type Cleaning = {
  /** Programs that were built for this run; null when there are none. */
  readonly programs: string | null;
} & (
  | {
      /** Servers of the run's own, with everything that they keep. */
      readonly kind: 'servers';
      readonly directory: string;
    }
  | {
      /** A namespace on servers that were there before. */
      readonly kind: 'namespace';
      readonly amqpUrl: string;
      readonly mongodbUrl: string;
      readonly namespace: string;
      readonly actions: readonly string[];
    }
);

/** Where a real line runs. */
export interface Premises {
  readonly amqpUrl: string;
  readonly mongodbUrl: string;
  readonly managementUrl: string | undefined;
  readonly namespace: string;
}

/** The queue of the dev command's own on the line, after the namespace. */
const WATCH_QUEUE = 'dev';

/**
 * Decides where the line will run, and how that is cleaned up, before there is anything to be cleaned up.
 * @param id for names that nobody else has
 */
export function planPremises(built: BuiltPrograms, actions: readonly string[], id: string): Cleaning {
  const programs = built.isOwn ? built.directory : null;
  const existing = existingServers();
  if (!existing) return { programs, kind: 'servers', directory: mkdtempSync(path.join(tmpdir(), 'conveyor-start-')) };
  const namespace = `start-${id}`;
  const mongodbUrl = withDatabase(existing.mongodbUrl, namespace);
  return { programs, kind: 'namespace', amqpUrl: existing.amqpUrl, mongodbUrl, namespace, actions };
}

/**
 * Makes the place ready: both servers up, or proven to be usable.
 * @throws ServersUnavailable, saying what to do instead
 */
export async function takePremises(cleaning: Cleaning, progress: (line: string) => void): Promise<Premises> {
  if (cleaning.kind === 'servers') {
    const { amqpUrl, mongodbUrl, managementUrl } = await isolatedServers(cleaning.directory, { progress }).up();
    return { amqpUrl, mongodbUrl, managementUrl, namespace: 'conveyor' };
  }
  const { mongodbUrl, namespace } = cleaning;
  progress(`using the servers that AMQP_URL and MONGODB_URL name, in the namespace ${namespace}`);
  const { amqpUrl, managementUrl } = await ensureServers({ progress });
  return { amqpUrl, mongodbUrl, managementUrl, namespace };
}

/** May be repeated. */
export async function leavePremises(cleaning: Cleaning): Promise<void> {
  if (cleaning.kind === 'servers') await isolatedServers(cleaning.directory, { progress: () => undefined }).wipe();
  else await leaveNamespace(cleaning);
  if (cleaning.programs !== null) await rm(cleaning.programs, { recursive: true, force: true });
}

async function leaveNamespace(cleaning: Extract<Cleaning, { kind: 'namespace' }>): Promise<void> {
  const { amqpUrl, mongodbUrl, namespace, actions } = cleaning;
  const topologies: readonly Topology[] = [
    lineTopology(namespace, ladderTopology(namespace)),
    ...actions.map((action) => stationTopology(namespace, action)),
  ];
  const namesOf = (part: 'queues' | 'exchanges'): string[] =>
    topologies.flatMap((topology) => topology[part].map(({ name }) => name));
  await removeTraces({
    amqpUrl,
    queues: [...namesOf('queues'), `${namespace}.${WATCH_QUEUE}`],
    exchanges: namesOf('exchanges'),
    mongodbUrl,
    database: namespace,
  });
}
