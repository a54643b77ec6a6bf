// A whole line in one process: the intake and the stations that are named. What services/ does in several processes, with the
// same parts and nothing switched off:   one-process.ts <action> [<action> …]
import { RabbitMqBroker } from '../../shared/broker/rabbitmq/index.ts';
import { DEFAULT_LADDER, ladderTopology } from '../../shared/contract/delay-ladder.ts';
import { lineTopology } from '../../shared/contract/topology.ts';
import { connectMongoJournal } from '../../shared/journal/mongodb/index.ts';
import { Definitions } from '../../shared/runtime/definitions.ts';
import { Intake } from '../../shared/runtime/intake.ts';
import { groupWrites } from '../../shared/runtime/journal-groups.ts';
import type { Line } from '../../shared/runtime/line.ts';
import { NO_PAUSES } from '../../shared/runtime/pause-points.ts';
import { runService } from '../../shared/runtime/run-service.ts';
import { Worker } from '../../shared/runtime/worker.ts';
import { actions } from './workload.ts';

const names = process.argv.slice(2);

await runService('one-process', async ({ config, log, metrics, clock, random, fail }) => {
  const { namespace, amqpUrl: url, mongodbUrl } = config;
  const id = random.id();
  const broker = new RabbitMqBroker({ url, clock, random, name: id });
  const journal = await connectMongoJournal({ url: mongodbUrl, namespace, clock });
  await broker.declare(lineTopology(namespace, ladderTopology(namespace)));
  const line: Line = {
    ...{ namespace, broker, journal, clock, random, log, metrics },
    writes: groupWrites(journal, metrics),
    definitions: new Definitions(journal, clock),
    ladder: DEFAULT_LADDER,
    points: NO_PAUSES,
    retentionMs: config.retentionMs,
  };
  const worker = new Worker(line, {
    actions: actions.filter(({ name }) => names.includes(name)),
    identity: { _id: id, host: 'bench', pid: process.pid },
    livenessTimeoutMs: config.livenessTimeoutMs,
    graceMs: 5_000,
    onFenced: fail,
  });
  const intake = new Intake(line, { definitionWaitMs: config.definitionWaitMs, worker: id });
  return { services: { worker, intake }, checks: [] };
});
